// Kernels without a system call, and filters around tsrun that forbid one: it is named, nothing weaker is done instead, and nothing is left.
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROBE } from '../support/paths.js';
import { waitFor } from '../support/wait-for.js';
import { callAs, refusing } from './caller.js';
import { Rig } from './rig.js';

const { ENOSYS, EPERM } = constants.errno;
const ERRORS = [
  ['ENOSYS', ENOSYS],
  ['EPERM', EPERM],
] as const;

/** What making a container takes. */
const NEEDED: readonly string[] = [
  'openat2',
  'clone3',
  'close_range',
  'fsopen',
  'fsconfig',
  'fsmount',
  'open_tree',
  'move_mount',
  'mount_setattr',
  'memfd_create',
  'execveat',
  'bpf',
  'unshare',
  'pivot_root',
  'umount2',
  'capset',
  'sethostname',
  'mknodat',
];

describe.each(ERRORS)('where a system call answers %s', (name, error) => {
  test.each(NEEDED)('no container is made without %s, which is said', async (call) => {
    const rig = new Rig(['/probe', 'write', '/ran', 'x']);
    // Both walk the same plan.
    const verb = error === EPERM ? 'create' : 'run';
    const outcome = callAs(rig, [refusing(error, call)], [verb, '--bundle', rig.bundle.path, rig.id]);
    rig.expectWorded(outcome, call);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toContain(call);
    expect(outcome.stderr).toContain(name);
    expect(existsSync(join(rig.bundle.rootfs, 'ran'))).toBe(false);
    // Cgroups are found by openat2 alone: what it would have to remove is left for a kernel that has it.
    if (call === 'openat2') await rig.expectDeletable(call);
    await rig.expectNothingLeft(call);
  });

  test.each(['pidfd_open', 'pidfd_send_signal', 'openat2', 'close_range'])(
    'delete --force without %s removes all of a container, or says so and keeps its state',
    async (call) => {
      const rig = new Rig();
      rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
      const outcome = callAs(rig, [refusing(error, call)], ['delete', '--force', rig.id]);
      if (outcome.status === 0) await rig.expectNothingLeft(call);
      else {
        rig.expectWorded(outcome, call);
        expect(outcome.stderr).toContain(call);
        expect(outcome.stderr).toContain(name);
        expect(rig.expectValidState(call)).not.toBeNull();
      }
      await rig.expectDeletable(call);
    },
  );

  // Without a cgroup nothing but the pidfd leads to init.
  test.each(['pidfd_open', 'pidfd_send_signal', 'fsopen'])(
    'delete --force without %s never leaves a process whose state it has removed',
    async (call) => {
      const rig = new Rig();
      rig.must('--cgroup-manager', 'disabled', 'run', '--detach', '--bundle', rig.bundle.path, rig.id);
      const outcome = callAs(rig, [refusing(error, call)], ['delete', '--force', rig.id]);
      if (outcome.status === 0) await rig.expectNothingLeft(call);
      else {
        rig.expectWorded(outcome, call);
        expect(outcome.stderr).toContain(call);
        expect(rig.expectValidState(call)).toBe('running');
      }
      await rig.expectDeletable(call);
    },
  );

  test.each(['pidfd_open', 'pidfd_send_signal'])('kill without %s says so, and reaches nobody', async (call) => {
    const rig = new Rig(['/probe', 'exit-on-signal']);
    rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
    const outcome = callAs(rig, [refusing(error, call)], ['kill', rig.id, 'KILL']);
    rig.expectWorded(outcome, call);
    expect(outcome.stderr).toContain(call);
    expect(outcome.stderr).toContain(name);
    expect(rig.expectValidState(call)).toBe('running');
    await rig.expectDeletable(call);
  });

  test('start without pidfd_open says so, and the container can still be started', async () => {
    const rig = new Rig();
    rig.create();
    const outcome = callAs(rig, [refusing(error, 'pidfd_open')], ['start', rig.id]);
    rig.expectWorded(outcome, 'start');
    expect(outcome.stderr).toContain('pidfd_open');
    expect(rig.expectValidState('start')).toBe('created');
    rig.must('start', rig.id);
    await rig.expectDeletable('start');
  });

  test.each(['setns', 'pidfd_open', 'clone3', 'memfd_create', 'execveat', 'openat2'])(
    'exec without %s says so, and the container goes on',
    async (call) => {
      const rig = new Rig();
      rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
      const outcome = callAs(rig, [refusing(error, call)], ['exec', rig.id, '/probe', 'true']);
      // A plain exec of a program by its path has nothing to resolve.
      if (call !== 'openat2' || outcome.status !== 0) {
        rig.expectWorded(outcome, call);
        expect(outcome).toMatchObject({ status: 255, stdout: '' });
        expect(outcome.stderr).toContain(call);
        expect(outcome.stderr).toContain(name);
      }
      await waitFor('init to be alone', () => rig.processes().length === 1);
      expect(rig.expectValidState(call)).toBe('running');
      await rig.expectDeletable(call);
    },
  );

  test('a container with a filter of system calls is refused without seccomp', async () => {
    const rig = new Rig(['/probe', 'true'], (spec) => {
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['chroot'], action: 'SCMP_ACT_ERRNO' }],
      };
    });
    const outcome = callAs(rig, [refusing(error, 'seccomp')], ['run', '--bundle', rig.bundle.path, rig.id]);
    rig.expectWorded(outcome, 'seccomp');
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain('seccomp');
    await rig.expectNothingLeft('seccomp');
  });
});

/** What may be missing, because nothing that a container is protected by depends on it. */
const BORNE: readonly (readonly [call: string, error: number, why: string])[] = [
  ['keyctl', ENOSYS, 'a kernel without keys has none to keep from the container'],
  ['pidfd_send_signal', ENOSYS, 'nobody is signalled when all goes well'],
  ['pidfd_open', ENOSYS, 'init comes with its pidfd from clone3'],
  ['fspick', ENOSYS, 'nothing is remounted'],
  ['setns', ENOSYS, 'nothing is joined'],
  ['seccomp', ENOSYS, 'no filter is wanted'],
  ['renameat2', ENOSYS, 'it is not used'],
  ['statx', ENOSYS, 'the C library of the engine has fstat'],
  ['rseq', ENOSYS, 'the C library registers it if it can'],
  ['io_uring_setup', ENOSYS, 'the engine does without'],
  ['membarrier', EPERM, 'the engine does without'],
  ['epoll_pwait2', ENOSYS, 'the engine does without'],
];

test.each(BORNE)('a container is made without %s (errno %i): %s', async (call, error) => {
  const rig = new Rig(['/probe', 'true']);
  const outcome = callAs(rig, [refusing(error, call)], ['run', '--bundle', rig.bundle.path, rig.id]);
  expect(outcome, call).toMatchObject({ status: 0, stderr: '' });
  await rig.expectNothingLeft(call);
});

test('a hook runs where pidfd_open is missing, or is refused by name', async () => {
  const rig = new Rig(['/probe', 'true'], (spec) => {
    spec.hooks = { createRuntime: [{ path: PROBE, args: ['probe', 'true'] }] };
  });
  const outcome = callAs(rig, [refusing(ENOSYS, 'pidfd_open')], rig.createArguments());
  rig.expectWorded(outcome, 'hook');
  expect(outcome.stderr).toContain('pidfd_open');
  await rig.expectNothingLeft('hook');
});

test('an error is told where there is neither memory nor a pipe to hand it over', async () => {
  const rig = new Rig();
  const outcome = callAs(rig, [refusing(ENOSYS, 'memfd_create', 'pipe2')], rig.createArguments());
  rig.expectWorded(outcome, 'create');
  expect(outcome.stderr).toContain('ENOSYS');
  await rig.expectDeletable('create');
});
