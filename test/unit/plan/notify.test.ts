import { describe, expect, test } from 'vitest';
import { compile, specWith } from './samples.js';

const DIRECTORY = '/run/tsrun/web/notify';
const SPEC = specWith({ linux: { namespaces: [{ type: 'mount' }] } });

/** Names of the operations, where they stand. */
function namesOf(awaited: boolean, barrier: 'fifo' | 'none' = 'fifo') {
  const { sections } = compile(SPEC, { request: { notify: { directory: DIRECTORY, awaited }, barrier } }).plan;
  return { create: sections.create.map(({ op }) => op), start: sections.start.map(({ op }) => op), sections };
}

describe('NOTIFY_SOCKET', () => {
  test('makes the directory before it is a source, and mounts it last and read-only', () => {
    const { create, sections } = namesOf(true);
    expect(create.indexOf('make-notify-directory')).toBeLessThan(create.indexOf('open-tree'));
    const source = sections.create.findLast((op) => op.op === 'open-tree');
    const target = sections.create.findLast((op) => op.op === 'attach');
    expect([source, target]).toMatchObject([{ source: DIRECTORY }, { target: '/run/notify' }]);
    expect(sections.create.findLast((op) => op.op === 'replace-attributes')).toMatchObject({
      set: ['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_NOEXEC', 'MOUNT_ATTR_NODEV', 'MOUNT_ATTR_RDONLY'],
    });
  });

  test('is open before init is released, and waited for last of all', () => {
    const { start } = namesOf(true);
    expect([...start.slice(0, 2), start.at(-1)]).toEqual(['bind-notify-socket', 'release-init', 'await-ready']);
  });

  test('is not waited for by who attends to it anyway', () => {
    const { start } = namesOf(false, 'none');
    expect([start[0], start.at(-1)]).toEqual(['bind-notify-socket', 'await-exec']);
  });

  test('is in the environment of the program, and of its startContainer hooks', () => {
    const spec = specWith({ ...SPEC, hooks: { startContainer: [{ path: '/h' }] } });
    const { sections } = compile(spec, { request: { notify: { directory: DIRECTORY, awaited: true } } }).plan;
    const entry = 'NOTIFY_SOCKET=/run/notify/notify.sock';
    expect(sections.create.find((op) => op.op === 'set-environment')?.env).toContain(entry);
    expect(sections.start.find((op) => op.op === 'run-container-hook')?.env).toContain(entry);
  });

  test('leaves no trace in a plan without it', () => {
    const { create, start } = compile(SPEC).plan.sections;
    expect([...create, ...start].filter(({ op }) => /notify|ready/.test(op))).toEqual([]);
  });
});
