// Hooks that misbehave while they run: what tsrun waits for, how long, and how much of their output it holds. What is said of hooks that fail is
// in test/integration/hook-failures.test.ts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Spec } from '../../src/spec/types.js';
import { isAlive } from '../support/host.js';
import type { Outcome } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import { Rig } from './rig.js';

type Hooks = NonNullable<Spec['hooks']>;

const PATIENCE = 10_000;
const MIB = 1 << 20;

interface Hooked {
  readonly rig: Rig;
  /** What the hook leaves in its bundle. */
  readonly read: (name: string) => string;
}

/** A container with a hook in shell, which is in the bundle's directory. */
function hooked(script: string, timeout?: number, kind: keyof Hooks = 'createRuntime'): Hooked {
  const rig = new Rig(['/probe', 'sleep', '60'], (spec) => {
    const hook = { path: '/bin/sh', args: ['sh', '-c', script], ...(timeout === undefined ? {} : { timeout }) };
    spec.hooks = { [kind]: [hook] };
  });
  return { rig, read: (name) => readFileSync(join(rig.bundle.path, name), 'utf8').trim() };
}

function timed(act: () => Outcome): Outcome & { readonly took: number } {
  const begin = performance.now();
  return { ...act(), took: performance.now() - begin };
}

/** Pids that a hook has noted, and that may still live: they are ended with the test. */
function endWithTest({ read }: Hooked, name: string): number {
  const pid = Number(read(name));
  onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')));
  return pid;
}

async function expectTimeout(container: Hooked, what: string): Promise<void> {
  const { rig } = container;
  const outcome = timed(() => rig.call(...rig.createArguments()));
  rig.expectWorded(outcome, what);
  expect(outcome.stderr).toContain('run the createRuntime hook "/bin/sh": hook ran past specified timeout of 1.0s');
  expect(outcome.took).toBeGreaterThan(900);
  expect(outcome.took).toBeLessThan(PATIENCE);
}

describe('a hook with a timeout', () => {
  test('that stops itself is killed', async () => {
    const container = hooked('cat > /dev/null; kill -STOP $$', 1);
    await expectTimeout(container, 'stopped');
    await container.rig.expectNothingLeft('stopped');
  });

  test('that ignores all signals is killed with its whole group', async () => {
    const container = hooked(
      `trap '' TERM INT HUP; (trap '' TERM INT HUP; echo $$ > group; sh -c 'echo $PPID > child; exec sleep 600'); :`,
      1,
    );
    await expectTimeout(container, 'group');
    expect(isAlive(container.read('child'))).toBe(false);
    await container.rig.expectNothingLeft('group');
  });

  test('that has stopped processes in its group is killed with them', async () => {
    const container = hooked(`sh -c 'echo $$ > child; kill -STOP $$' & wait`, 1);
    await expectTimeout(container, 'stopped child');
    expect(isAlive(container.read('child'))).toBe(false);
    await container.rig.expectNothingLeft('stopped child');
  });

  test('whose child has a session of its own is not waited for longer, though the child holds its output', async () => {
    const container = hooked(`setsid sh -c 'echo $$ > child; exec sleep 600' & sleep 600`, 1);
    await expectTimeout(container, 'session');
    const child = endWithTest(container, 'child');
    // Nobody's but the hook's own to end: its session, and so its group, is another.
    process.kill(child, 'SIGKILL');
    await container.rig.expectNothingLeft('session');
  });

  test('that never stops printing is killed', async () => {
    const container = hooked('exec yes', 1);
    await expectTimeout(container, 'yes');
    await container.rig.expectNothingLeft('yes');
  });

  test('of which every kind in the runtime namespace is bounded', async () => {
    for (const kind of ['prestart', 'createRuntime', 'poststart', 'poststop'] as const) {
      const { rig } = hooked('kill -STOP $$', 1, kind);
      const outcome = timed(() => rig.call('run', '--detach', '--bundle', rig.bundle.path, rig.id));
      expect(outcome.took, kind).toBeLessThan(PATIENCE);
      if (kind === 'poststop') {
        const deleted = timed(() => rig.call('delete', '--force', rig.id));
        expect(deleted).toMatchObject({
          status: 0,
          stderr: expect.stringContaining('hook ran past specified timeout'),
        });
        expect(deleted.took).toBeLessThan(PATIENCE);
      } else {
        rig.expectWorded(outcome, kind);
        expect(outcome.stderr).toContain(`run the ${kind} hook "/bin/sh": hook ran past specified timeout of 1.0s`);
      }
      await rig.expectDeletable(kind);
    }
  });
});

describe('a hook without a timeout', () => {
  test('that leaves a child behind, which holds its output, is not waited for when it has ended', async () => {
    const container = hooked(
      `(sh -c 'echo $$ > child.new; mv child.new child; exec sleep 600' &) ; while ! test -e child; do :; done`,
    );
    const { rig } = container;
    const outcome = timed(() => rig.call(...rig.createArguments()));
    const child = endWithTest(container, 'child');
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.took).toBeLessThan(PATIENCE);
    expect(isAlive(child)).toBe(true);
    process.kill(child, 'SIGKILL');
    await rig.expectDeletable('child');
  });

  test('that fails and leaves a child behind which holds its output is told of at once', async () => {
    const container = hooked(
      `echo why >&2; (sh -c 'echo $$ > child.new; mv child.new child; exec sleep 600' &) ; while ! test -e child; do :; done; exit 3`,
    );
    const { rig } = container;
    const outcome = timed(() => rig.call(...rig.createArguments()));
    const child = endWithTest(container, 'child');
    expect(outcome.stderr).toContain('run the createRuntime hook "/bin/sh": exit status 3, output: why\n');
    expect(outcome.took).toBeLessThan(PATIENCE);
    process.kill(child, 'SIGKILL');
    await rig.expectNothingLeft('child');
  });

  test.each(['exec <&-; sleep 0.1', 'exec < /dev/null', 'head -c 1 > /dev/null'])(
    'that does not read its state (%s) has not failed',
    async (script) => {
      const { rig } = hooked(script);
      expect(rig.call(...rig.createArguments())).toMatchObject({ status: 0, stderr: '' });
      await rig.expectDeletable('unread');
    },
  );

  test('that does not read a state of a megabyte has not failed', async () => {
    const rig = new Rig(['/probe', 'sleep', '60'], (spec) => {
      spec.annotations = { large: 'x'.repeat(MIB) };
      spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'exec <&-; sleep 0.1'] }] };
    });
    expect(rig.call(...rig.createArguments())).toMatchObject({ status: 0, stderr: '' });
    await rig.expectDeletable('large');
  });
});

/** The most that the process has held in memory at once (proc_pid_status(5)); undefined when it has ended. */
function peakOf(pid: number): number | undefined {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return undefined;
  }
}

describe('a hook that prints a gigabyte', () => {
  const flood = 'head -c 1G /dev/zero';

  test.each([
    ['and succeeds', '', 0],
    ['and fails', '; echo; echo the reason >&2; exit 4', 1],
  ])('%s takes no memory of tsrun', async (_, end, status) => {
    const { rig } = hooked(`${flood}${end}`);
    const creating = rig.spawn(...rig.createArguments());
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, peakOf(creating.pid) ?? 0);
    }, 20);
    const outcome = await creating.ended;
    clearInterval(watch);
    expect(outcome.status, outcome.stderr.slice(-500)).toBe(status);
    expect(peak).toBeGreaterThan(0);
    // The engine has half of that, where it is started again to word the failure.
    expect(peak).toBeLessThan(64 * MIB);
    expect(outcome.stderr.length).toBeLessThan(65536);
    if (status !== 0) expect(outcome.stderr).toMatch(/exit status 4, output: [^\n]*the reason\n$/);
    await rig.expectDeletable('flood');
  });
});

const unusable: readonly (readonly [string, (path: string) => void, RegExp])[] = [
  ['is missing', () => {}, /no such file or directory \(ENOENT\)/],
  ['is not executable', (path) => writeFileSync(path, '#!/bin/sh\n', { mode: 0o644 }), /permission denied \(EACCES\)/],
  ['is a directory', (path) => mkdirSync(path), /permission denied \(EACCES\)/],
  ['is empty', (path) => writeFileSync(path, '', { mode: 0o755 }), /exec format error \(ENOEXEC\)/],
  [
    'has no interpreter',
    (path) => writeFileSync(path, '#!/absent\n', { mode: 0o755 }),
    /no such file or directory \(ENOENT\)/,
  ],
];

test.each(unusable)('a hook that %s is named, and nothing is left', async (_, make, words) => {
  const rig = new Rig(['/probe', 'write', '/ran', 'x'], (spec) => {
    spec.hooks = { createRuntime: [{ path: '/bin/true' }, { path: '/PLACE' }] };
  });
  const path = join(rig.bundle.path, 'hook');
  make(path);
  const text = readFileSync(rig.bundle.config, 'utf8').replace('"/PLACE"', JSON.stringify(path));
  writeFileSync(rig.bundle.config, text);
  const outcome = rig.call(...rig.createArguments());
  rig.expectWorded(outcome, path);
  expect(outcome.stderr).toContain(`run the createRuntime hook "${path}"`);
  expect(outcome.stderr).toMatch(words);
  await rig.expectNothingLeft(path);
});

test('a hook that kills the runtime that waits for it leaves what delete --force removes', async () => {
  const { rig } = hooked('kill -KILL $PPID; exec sleep 60');
  const outcome = rig.call(...rig.createArguments());
  expect(outcome.signal).toBe('SIGKILL');
  expect(rig.expectValidState('killed')).toBe('stopped');
  await waitFor('the hook', () => rig.processes().length <= 1);
  await rig.expectDeletable('killed');
});
