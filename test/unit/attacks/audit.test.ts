// The audit on lines of strace that are as they must not be: each is found, so an audit that finds nothing means something.
import { describe, expect, test } from 'vitest';
import { SYSTEM_CALLS } from '../../../src/check/generated/system-calls.js';
import { auditTrace } from '../../attacks/audit/audit.js';
import { PATHS } from '../../attacks/audit/calls.js';
import { childOf, descriptorOf, parseTrace, stringOf } from '../../attacks/audit/trace.js';

const BEGINNING = [
  '1 execve("/bin/tsrun", ["tsrun"], 0x7ffc /* 3 vars */) = 0',
  '1 clone3({flags=CLONE_PIDFD|CLONE_NEWNS|CLONE_NEWPID, exit_signal=SIGCHLD} => {pidfd=[9]}, 88) = 2',
];
const ENTERING = ['2 pivot_root(".", ".") = 0'];
const OPTIONS = { runtime: '/bin/tsrun', enters: 'building' } as const;

/** What the audit says of these lines of a process that has just entered its mount namespace. */
function audit(...lines: readonly string[]): readonly string[] {
  return auditTrace([...BEGINNING, ...lines].join('\n'), OPTIONS).problems;
}

describe('auditTrace() finds', () => {
  test.each([
    ['a path from the current directory', 'openat(AT_FDCWD</>, "rootfs/dev", O_RDONLY) = 3</rootfs/dev>'],
    ['an absolute path', 'openat(AT_FDCWD</>, "/rootfs/dev", O_RDONLY) = 3</rootfs/dev>'],
    ['an absolute path beside a descriptor', 'mkdirat(3</rootfs>, "/rootfs/dev", 0755) = 0'],
    ['a call that knows no descriptors', 'mkdir("/rootfs/dev", 0755) = 0'],
    ['a call that failed', 'mkdir("/rootfs/dev", 0755) = -1 EEXIST (File exists)'],
    ['mount(2)', 'mount(NULL, "/rootfs/proc", NULL, MS_REMOUNT, NULL) = 0'],
    ['the second path of a call', 'symlink("/proc/self/fd", "dev/fd") = 0'],
    ['the second path of a call with descriptors', 'renameat(3</a>, "a", AT_FDCWD</>, "b") = 0'],
    ['a descriptor by its name in /proc', 'openat(AT_FDCWD</>, "/proc/self/fd/7", O_RDONLY) = 8</x>'],
    ['a path of several names', 'openat(3</rootfs>, "etc/passwd", O_RDONLY|O_NOFOLLOW) = 8</x>'],
    ['a name that may be a link', 'openat(3</rootfs>, "passwd", O_RDONLY) = 8</x>'],
    ['a name that is made, or may be a link', 'openat(3</rootfs>, "passwd", O_RDWR|O_CREAT, 0644) = 8</x>'],
    ['a look at what a link leads to', 'newfstatat(3</rootfs>, "passwd", {st_mode=S_IFREG}, 0) = 0'],
    [
      'openat2(2) that may leave',
      'openat2(3</rootfs>, "/etc", {flags=O_PATH, resolve=RESOLVE_NO_SYMLINKS}, 24) = 8</etc>',
    ],
    [
      'openat2(2) from the current directory',
      'openat2(AT_FDCWD</>, "etc", {flags=O_PATH, resolve=RESOLVE_BENEATH}, 24) = 8</etc>',
    ],
    ['a socket by its path', 'connect(3<socket:[1]>, {sa_family=AF_UNIX, sun_path="/run/x"}, 10) = 0'],
    ['a filesystem with a path', 'fsconfig(3<anon_inode:[fscontext]>, FSCONFIG_SET_PATH, "source", "/dev/sda", 5) = 0'],
    ['a mount point by its path', 'move_mount(3</>, "", AT_FDCWD</>, "/rootfs/proc", MOVE_MOUNT_F_EMPTY_PATH) = 0'],
    ['an empty path that is none', 'mount_setattr(AT_FDCWD</>, "", AT_EMPTY_PATH, {attr_set=0}, 32) = 0'],
    ['the root that is no constant', 'openat(AT_FDCWD</>, "/tmp", O_RDONLY|O_PATH|O_DIRECTORY) = 3</tmp>'],
    ['a program by its name', 'execve("/bin/sh", ["sh"], 0x7ffc /* 3 vars */) = 0'],
    ['a root by its name', 'chroot("/rootfs") = 0'],
    ['a string of a call that it does not know', 'brand_new_call(3</rootfs>, "name") = 0'],
  ])('%s', (_what, line) => {
    expect(audit(`2 ${line}`)).toHaveLength(1);
  });

  test('each path of a call', () => {
    expect(audit('2 link("/a", "/b") = 0')).toHaveLength(2);
  });

  test('a path in a call that is interrupted by another process', () => {
    expect(audit('2 mkdir("/dev" <unfinished ...>', '1 getpid() = 1', '2 <... mkdir resumed>, 0755) = 0')).toHaveLength(
      1,
    );
  });

  test('a path in a call that never comes back', () => {
    expect(audit('2 mkdir("/dev", 0755 <unfinished ...>', '2 +++ killed by SIGKILL +++')).toHaveLength(1);
    expect(audit('2 mkdir("/dev", 0755 <unfinished ...>) = ?')).toHaveLength(1);
  });

  test('a path of a child, which is seen before the call that has made it returns', () => {
    const lines = ['2 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>', '3 mkdir("/dev", 0755) = 0'];
    expect(audit(...lines, "2 <... clone resumed>) = 2 /* 3 in strace's PID NS */")).toHaveLength(1);
  });

  test('a path behind commas, brackets and quotation marks in what comes before', () => {
    expect(audit('2 renameat(3</a, (b)>, "c, \\"d(", AT_FDCWD</>, "/e") = 0')).toHaveLength(1);
    expect(audit('2 capset({version=3, pid=0}, {effective=1<<CAP_KILL|1<<CAP_CHOWN, permitted=0}) = 0')).toEqual([]);
  });

  test("a path in a procfs that is not tsrun's own any more", () => {
    const own = [
      'fsopen("proc", FSOPEN_CLOEXEC) = 4<anon_inode:[fscontext]>',
      'fsmount(4<x>, FSMOUNT_CLOEXEC, 0) = 5</>',
    ];
    const open = 'openat(5</>, "self/attr/exec", O_WRONLY) = 6</1/attr/exec>';
    const lines = (...more: string[]) => [...own, ...more, open].map((line) => `2 ${line}`);
    expect(audit(...lines())).toEqual([]);
    expect(audit(...lines('close(5</>) = 0', 'openat(3</a>, ".", O_PATH) = 5</a>'))).toHaveLength(1);
    expect(audit(...lines('openat2(3</a>, "b", {flags=O_PATH, resolve=RESOLVE_IN_ROOT}, 24) = 5</b>'))).toHaveLength(1);
  });

  test('a way into a mount namespace by unshare(2) and by setns(2)', () => {
    for (const entry of [
      'unshare(CLONE_NEWNS|CLONE_NEWPID) = 0',
      'setns(4<mnt:[4026531841]>, 0) = 0',
      'setns(4<anon_inode:[pidfd]>, CLONE_NEWIPC|CLONE_NEWNS) = 0',
      'prctl(PR_SET_NAME, "tsrun:init") = 0',
    ]) {
      const lines = [BEGINNING[0], `1 ${entry}`, '1 mkdir("/dev", 0755) = 0'];
      expect(auditTrace(lines.join('\n'), OPTIONS).problems, entry).toHaveLength(1);
    }
  });

  test('what comes in the root of the container and is no program', () => {
    expect(audit(...ENTERING, '2 mkdir("/dev", 0755) = 0')).toHaveLength(1);
    expect(audit(...ENTERING, '2 openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY) = 3</etc/passwd>')).toHaveLength(1);
    expect(audit(...ENTERING, '2 chdir("/proc/self/fd/9") = 0')).toHaveLength(1);
    expect(audit(...ENTERING, '2 execve("/proc/self/exe", ["x"], 0x7ffc /* 0 vars */) = 0')).toHaveLength(1);
  });

  test('a process that it cannot follow, a line that it cannot read, and a trace without any', () => {
    expect(audit('7 getpid() = 7')).toHaveLength(1);
    expect(audit('2 what is this')).toHaveLength(1);
    expect(audit('2 <... mkdir resumed>) = 0')).toHaveLength(1);
    expect(auditTrace('', OPTIONS).problems).toHaveLength(1);
  });
});

describe('auditTrace() lets pass', () => {
  test.each([
    [
      'what is resolved below a descriptor',
      'openat2(3</rootfs>, "/etc", {flags=O_PATH, resolve=RESOLVE_IN_ROOT}, 24) = 4</etc>',
    ],
    ['one name that is no link', 'openat(3</rootfs>, "dev", O_PATH|O_NOFOLLOW) = 4</rootfs/dev>'],
    ['one name that is made', 'openat(3</rootfs>, "file", O_WRONLY|O_CREAT|O_EXCL, 0644) = 4</rootfs/file>'],
    ['a link, whose target nobody looks up', 'symlinkat("/proc/self/fd", 3</rootfs/dev>, "fd") = 0'],
    ['a descriptor itself', 'open_tree(3</rootfs>, "", OPEN_TREE_CLONE|AT_EMPTY_PATH) = 4</>'],
    ['data', 'write(3</x>, "/etc/passwd", 11) = 11'],
  ])('%s', (_what, line) => {
    expect(audit(`2 ${line}`)).toEqual([]);
  });

  test('what the runtime does in the namespace of the host, and the program in the container', () => {
    expect(audit('1 mkdir("/run/x", 0755) = 0')).toEqual([]);
    const program = '2 execve("/program", ["program"], 0x7ffc /* 0 vars */) = 0';
    expect(audit(...ENTERING, program, '2 mkdir("/dev", 0755) = 0')).toEqual([]);
  });

  test('what runs before the runtime does', () => {
    expect(
      auditTrace('1 unshare(CLONE_NEWNS) = 0\n1 mount("none", "/", NULL, MS_REC, NULL) = 0', OPTIONS).problems,
    ).toEqual([]);
  });
});

describe('parseTrace()', () => {
  test('joins a call with its end, and keeps the order of the beginnings', () => {
    const text =
      '1 openat(3</a,b>, "x" <unfinished ...>\n2     getpid()  = 2\n1     <... openat resumed>, O_PATH) = 4</a,b/x>';
    expect(parseTrace(text).calls).toEqual([
      { pid: 1, name: 'openat', args: ['3</a,b>', '"x"', 'O_PATH'], result: '4</a,b/x>', line: 1 },
      { pid: 2, name: 'getpid', args: [], result: '2', line: 2 },
    ]);
  });

  test('passes over signals and ends', () => {
    const text =
      '1 --- SIGCHLD {si_signo=SIGCHLD} ---\n1 +++ exited with 0 +++\n1 +++ superseded by execve in pid 2 +++\n';
    expect(parseTrace(text)).toEqual({ calls: [], problems: [] });
  });
});

test('descriptorOf(), stringOf() and childOf() read what strace prints', () => {
  expect([descriptorOf('5</memfd:tsrun>(deleted)'), descriptorOf('AT_FDCWD</>'), descriptorOf('7')]).toEqual([
    5,
    null,
    7,
  ]);
  expect([stringOf('"a\\"b"'), stringOf('"cut"...'), stringOf('NULL')]).toEqual(['a\\"b', 'cut', null]);
  expect([childOf("2 /* 30 in strace's PID NS */"), childOf('31'), childOf('-1 EAGAIN (x)')]).toEqual([30, 31, null]);
});

test('the table of the audit has every call that is named for what is done to a path', () => {
  const verbs =
    'open|creat|mkdir|mknod|rmdir|unlink|link|symlink|rename|readlink|chmod|chown|stat|access|execve|mount|umount|truncate|xattr';
  // The 32-bit ones of other names, and those of descriptors alone.
  const named = new RegExp(`^(l?(${verbs})(at)?2?|(set|get|list|remove)xattr(at)?|(ch(dir|root))|statx|newfstatat)$`);
  const missing = SYSTEM_CALLS.filter((name) => named.test(name) && PATHS[name] === undefined);
  expect(missing).toEqual([]);
});
