import { describe, expect, it } from 'vitest';
import { parseReport, reportError } from '../../../src/lifecycle/helper-report.js';

const undertaking = { verb: 'create', id: 'web' };

function wordsOf(record: string): { code: string; message: string; hint: string | undefined } {
  const { code, message, hint } = reportError(parseReport(record), undertaking);
  return { code, message, hint };
}

/** A line of the helper's record; the plan line is escaped once more. */
function line(kind: string, call: string, errno: number, detail: string, op: string): string {
  return `${kind}\t7\t${call}\t${errno}\t${detail}\t${op.replaceAll('\t', '\\t')}\n`;
}

describe('reportError()', () => {
  it.each([
    [
      line('failure', 'open_tree', 2, '', 'open-tree\t1\t/srv/data\tAT_RECURSIVE'),
      'HELPER_FAILED',
      'cannot create container "web": bind "/srv/data": no such file or directory (ENOENT)',
      'the source of a bind mount must exist',
    ],
    [
      line('failure', 'find-executable', 2, 'executable file not found in $PATH', 'find-executable\tfoo\t/bin'),
      'HELPER_FAILED',
      'cannot create container "web": exec: "foo": executable file not found in $PATH',
      'process.args[0] is looked up in the rootfs, in the directories of PATH in process.env',
    ],
    [
      line('failure', 'ordinary directory', 0, '', 'attach\t1\t/proc\tordinary'),
      'HELPER_FAILED',
      'cannot create container "web": mount on "/proc": must be mounted on ordinary directory',
      undefined,
    ],
    [
      line('failure', 'hook exit', 0, 'exit status 3', 'run-hook\tcreateRuntime\t/bin/h\t/b\t0\t0\t0\t{\t}'),
      'HOOK_FAILED',
      'cannot create container "web": run the createRuntime hook "/bin/h": exit status 3',
      undefined,
    ],
    [
      line('failure', 'mount_setattr', 38, '', 'pivot-root'),
      'HOST_UNSUPPORTED',
      'cannot create container "web": pivot root (mount_setattr): function not implemented (ENOSYS)',
      'the kernel has no mount_setattr, or a filter of system calls around tsrun hides it: Linux 5.15 or later is needed',
    ],
    [
      `${line('failure', 'died', 0, '', 'pivot-root')}death\t9\n`,
      'HELPER_DIED',
      'cannot create container "web": its init was killed by SIGKILL',
      'the kernel kills it when memory runs out: see dmesg',
    ],
    [
      line('failure', 'mkdirat', 28, 'x', 'open-cgroup\t/sys/fs/cgroup\t/web') +
        line('cleanup', 'rmdir', 16, '', 'remove-cgroup\t/sys/fs/cgroup\t/web'),
      'HELPER_FAILED',
      'cannot create container "web": create cgroup "/sys/fs/cgroup/web" (mkdirat x): no space left on device (ENOSPC)',
      'cleaning up failed too: remove cgroup "/web": device or resource busy (EBUSY)',
    ],
    [
      line('failure', 'bpf', 7, 'BPF_PROG_LOAD too large', 'load-device-program\t/sys/fs/cgroup\t/web\t6112'),
      'HELPER_FAILED',
      'cannot create container "web": limit the devices of cgroup "/sys/fs/cgroup/web" (bpf BPF_PROG_LOAD too large): argument list too long (E2BIG)',
      'linux.resources.devices has too many rules for the verifier of the kernel',
    ],
    [
      line('failure', 'bpf', 38, 'BPF_PROG_LOAD', 'load-device-program\t/sys/fs/cgroup\t/web\t6112'),
      'HOST_UNSUPPORTED',
      'cannot create container "web": limit the devices of cgroup "/sys/fs/cgroup/web" (bpf BPF_PROG_LOAD): function not implemented (ENOSYS)',
      'the kernel needs CONFIG_BPF_SYSCALL and CONFIG_CGROUP_BPF',
    ],
    [
      line('failure', 'mount_setattr', 22, '', 'id-map-mount\t1\t/srv\t0'),
      'HELPER_FAILED',
      'cannot create container "web": map the ids of "/srv": invalid argument (EINVAL)',
      expect.stringContaining('this kernel cannot map the ids of its filesystem'),
    ],
    [
      line('failure', 'mount_setattr', 1, '', 'id-map-mount\t1\t/srv\t0'),
      'HELPER_FAILED',
      'cannot create container "web": map the ids of "/srv" (mount_setattr): operation not permitted (EPERM)',
      expect.stringContaining('it is an id-mapped mount already'),
    ],
    [
      line('failure', 'clone3', 28, '', 'make-id-map-namespace\t0 1 1\\n\t0 1 1\\n'),
      'HELPER_FAILED',
      'cannot create container "web": make the id maps of mounts: no space left on device (ENOSPC)',
      'a limit in /proc/sys/user/max_user_namespaces is reached',
    ],
    [
      line('failure', 'write', 1, 'uid_map', 'make-id-map-namespace\t0 1 1\\n\t0 1 1\\n'),
      'HELPER_FAILED',
      'cannot create container "web": make the id maps of mounts (write uid_map): operation not permitted (EPERM)',
      'ids of the host are mapped by root; in a user namespace only those that it has itself',
    ],
    [
      line('failure', 'fsmount', 1, '', 'new-mount\t1\tmqueue\tmqueue\t0\t0'),
      'HELPER_FAILED',
      'cannot create container "web": make a mqueue filesystem (fsmount): operation not permitted (EPERM)',
      'with a user namespace "mqueue" needs a namespace of type "ipc" of the container\'s own; a bind of the host\'s does without',
    ],
    [
      line('failure', 'fsopen', 1, '', 'new-mount\t1\text4\t/dev/vda\t0\t0'),
      'HELPER_FAILED',
      'cannot create container "web": make a ext4 filesystem (fsopen): operation not permitted (EPERM)',
      'the kernel lets nobody but root of the host mount "ext4"',
    ],
    ['', 'HELPER_DIED', 'cannot create container "web": the helper ended without an answer', undefined],
  ])('words %j', (record, code, message, hint) => {
    expect(wordsOf(record)).toEqual({ code, message, hint });
  });
});

describe('memory that ran short', () => {
  const died = `${line('failure', 'died', 0, '', 'pivot-root')}death\t9\n`;
  const noMemory = line('failure', 'mkdirat', 12, '', 'open-cgroup\t/sys/fs/cgroup\t/web');
  const enough =
    'making a container takes up to 524288 bytes: set the limit to that, and to what its program needs beside it';

  it.each([
    [
      `${died}memory\t262144\t3\t1\n`,
      'cannot create container "web": its init was OOM-killed: linux.resources.memory.limit is 262144 bytes',
      enough,
    ],
    [
      `${died}memory\tmax\t0\t1\n`,
      'cannot create container "web": its init was OOM-killed: a cgroup above its own, or the host, has no memory left',
      undefined,
    ],
    [
      `${died}memory\t262144\t0\t1\n`,
      'cannot create container "web": its init was OOM-killed: a cgroup above its own, or the host, has no memory left',
      undefined,
    ],
    [
      `${noMemory}memory\t262144\t3\t0\n`,
      'cannot create container "web": create cgroup "/sys/fs/cgroup/web": it ran out of memory: linux.resources.memory.limit is 262144 bytes',
      enough,
    ],
    [
      `${noMemory}memory\tmax\t0\t0\n`,
      'cannot create container "web": create cgroup "/sys/fs/cgroup/web": it ran out of memory: a cgroup above its own, or the host, has no memory left',
      undefined,
    ],
    [
      `${noMemory}memory\t262144\t3\t0\n${line('cleanup', 'rmdir', 16, '', 'remove-cgroup\t/sys/fs/cgroup\t/web')}`,
      'cannot create container "web": create cgroup "/sys/fs/cgroup/web": it ran out of memory: linux.resources.memory.limit is 262144 bytes',
      'cleaning up failed too: remove cgroup "/web": device or resource busy (EBUSY)',
    ],
  ])('explains the failure in %j', (record, message, hint) => {
    expect(wordsOf(record)).toEqual({ code: 'HELPER_FAILED', message, hint });
  });

  it.each([
    [
      'a death of which neither cgroup nor log tells',
      `${died}memory\t262144\t0\t-1\t/no/such/cgroup\n`,
      'its init was killed by SIGKILL',
    ],
    ['a death when nobody was killed for memory', `${died}memory\t262144\t3\t0\n`, 'its init was killed by SIGKILL'],
    [
      'another error',
      `${line('failure', 'open_tree', 2, '', 'open-tree\t1\t/s\t0')}memory\t262144\t3\t1\n`,
      'bind "/s": no such file or directory (ENOENT)',
    ],
  ])('does not explain %s', (_, record, words) => {
    expect(wordsOf(record).message).toBe(`cannot create container "web": ${words}`);
  });

  it('is null where the record does not tell of it', () => {
    expect(parseReport(died).memory).toBeNull();
    expect(parseReport(`${died}memory\t4096\t2\t1\t/web\n`).memory).toEqual({
      limit: '4096',
      outOfMemory: 2,
      killed: 1,
      cgroup: '/web',
    });
  });
});
