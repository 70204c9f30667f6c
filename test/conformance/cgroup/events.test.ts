// events: statistics as JSON lines in runc's words, and the news of an OOM kill.
import { execFileSync } from 'node:child_process';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type baseSpec, makeBundle } from '../../support/bundle.js';
import { createContainer, diskNumbers, runContainer } from '../../support/container.js';
import { makeTemporary } from '../../support/temporary.js';
import { waitFor } from '../../support/wait-for.js';

const MIB = 1024 * 1024;
const RESOURCES = { memory: { limit: 64 * MIB }, pids: { limit: 20 } };

interface Event {
  readonly type: string;
  readonly id: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Usage {
  readonly cpu: { readonly usage: { readonly total: number } };
  readonly memory: { readonly usage: { readonly usage: number } };
}

function parseLines(text: string): Event[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}

/** Every key in a value, as a path; the members of an array count as one. */
function listKeys(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((item) => listKeys(item, `${path}[]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => [`${path}.${key}`, ...listKeys(item, `${path}.${key}`)]);
}

describe('events --stats', () => {
  test('is one line with what the container uses and may use', async () => {
    const { tsrun, id } = await runContainer({ args: ['/probe', 'hold', '8', '600'], resources: RESOURCES }, 'holding');
    const events = parseLines(tsrun.must(['events', '--stats', id]).stdout);
    expect(events).toEqual([
      {
        type: 'stats',
        id,
        data: expect.objectContaining({
          cpu: expect.objectContaining({ usage: expect.objectContaining({ total: expect.any(Number) }) }),
          memory: expect.objectContaining({
            usage: expect.objectContaining({ limit: 64 * MIB, usage: expect.any(Number) }),
            raw: expect.objectContaining({ anon: expect.any(Number) }),
          }),
          pids: { current: 1, limit: 20 },
          blkio: expect.any(Object),
          hugetlb: expect.objectContaining({ '2MB': expect.any(Object) }),
          cpuset: expect.any(Object),
        }),
      },
    ]);
    const stats = events[0]?.data as Usage | undefined;
    expect(stats?.cpu.usage.total).toBeGreaterThan(0);
    expect(stats?.memory.usage.usage).toBeGreaterThan(8 * MIB);
  });

  test('has every key that runc has', () => {
    const disk = diskNumbers('vdb');
    const mutate = (spec: ReturnType<typeof baseSpec>) => {
      spec.linux.devices = [{ path: '/dev/disk', type: 'b', ...disk }];
      spec.linux.resources = { ...RESOURCES, devices: [{ allow: true, type: 'b', ...disk, access: 'rw' }] };
    };
    const bundle = makeBundle({ args: ['/probe', 'hold', '8', '600'], mutate }).path;
    const root = makeTemporary();
    const runc = (...args: string[]) =>
      execFileSync('runc', ['--root', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    execFileSync('runc', ['--root', root, 'create', '--bundle', bundle, 'by-runc'], { stdio: 'ignore' });
    onTestFinished(() => void runc('delete', '--force', 'by-runc'));
    const theirs = parseLines(runc('events', '--stats', 'by-runc'))[0];
    const { tsrun, id } = createContainer({ args: ['/probe', 'hold', '8', '600'], mutate });
    const ours = parseLines(tsrun.must(['events', '--stats', id]).stdout)[0];
    expect(listKeys(theirs).length).toBeGreaterThan(60);
    const known = new Set(listKeys(ours));
    expect(listKeys(theirs).filter((key) => !known.has(key))).toEqual([]);
  });

  test('of a stopped container is an error', async () => {
    const { tsrun, id } = createContainer({ args: ['/probe', 'true'] });
    tsrun.must(['start', id]);
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    expect(tsrun.call(['events', '--stats', id])).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('events', () => {
  test('--interval repeats the statistics, and ends when the container does', async () => {
    const { tsrun, id } = await runContainer({});
    const events = tsrun.spawn(['events', '--interval', '500ms', id]);
    await waitFor('three lines', () => parseLines(events.stdout()).length >= 3);
    tsrun.must(['kill', id, 'KILL']);
    expect(await events.ended).toMatchObject({ status: 0, stderr: '' });
    expect(new Set(parseLines(events.stdout()).map(({ type }) => type))).toEqual(new Set(['stats']));
  });

  test('tells of a child that the OOM killer ended', async () => {
    const args = ['/probe', 'allocate-in-child', '96', '600'];
    const memory = { limit: 64 * MIB, swap: 64 * MIB };
    const { tsrun, id } = createContainer({ args, resources: { memory } });
    const events = tsrun.spawn(['events', '--interval', '1s', id]);
    await waitFor('the first line', () => parseLines(events.stdout()).length >= 1);
    tsrun.must(['start', id]);
    await waitFor('the news', () => parseLines(events.stdout()).some(({ type }) => type === 'oom'));
    expect(parseLines(events.stdout()).find(({ type }) => type === 'oom')).toMatchObject({ type: 'oom', id });
    tsrun.must(['kill', id, 'KILL']);
    expect((await events.ended).status).toBe(0);
  });
});
