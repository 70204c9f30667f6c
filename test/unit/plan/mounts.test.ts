import { describe, expect, test } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { type Changes, compile, createOps, problemsOf, specWith } from './samples.js';

type Mount = NonNullable<Spec['mounts']>[number];
type Namespaces = NonNullable<NonNullable<Spec['linux']>['namespaces']>;

const MOUNTING = [
  'open-tree',
  'new-mount',
  'copy-up',
  'reconfigure',
  'set-attributes',
  'replace-attributes',
  'attach',
  'set-propagation',
] as const;

/** The operations for these mounts; a bound /dev keeps the default devices out of sight. */
function mountOps(mounts: Mount[], namespaces: Namespaces = [{ type: 'mount' }], changes: Changes = {}) {
  const dev: Mount = { destination: '/dev', type: 'bind', source: '/dev' };
  const ops = createOps(specWith({ mounts: [...mounts, dev], linux: { namespaces } }), MOUNTING, changes);
  return ops.filter((op) => !('slot' in op && op.slot === mounts.length + 1));
}

describe('compilePlan() of mounts', () => {
  test('makes a mount with its source, options and attributes, and attaches it', () => {
    const options = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'sync'];
    expect(mountOps([{ destination: '/dev/pts', type: 'devpts', source: 'devpts', options }])).toEqual([
      {
        op: 'new-mount',
        slot: 1,
        fstype: 'devpts',
        source: 'devpts',
        options: ['sync', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
        attributes: ['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_NOEXEC'],
      },
      { op: 'attach', slot: 1, target: '/dev/pts', how: 'follow' },
    ]);
  });

  test('keeps the listed order and numbers slots by it, sources of binds first', () => {
    const mounts: Mount[] = [
      { destination: '/a', type: 'tmpfs' },
      { destination: '/a/b', type: 'bind', source: '/srv' },
      { destination: 'c', type: 'none', source: 'data', options: ['rbind', 'src-nofollow', 'dest-nofollow'] },
    ];
    expect(mountOps(mounts)).toEqual([
      { op: 'open-tree', slot: 2, source: '/srv', flags: [] },
      { op: 'open-tree', slot: 3, source: '/bundles/web/data', flags: ['AT_RECURSIVE', 'AT_SYMLINK_NOFOLLOW'] },
      { op: 'new-mount', slot: 1, fstype: 'tmpfs', source: 'tmpfs', options: [], attributes: [] },
      { op: 'attach', slot: 1, target: '/a', how: 'follow' },
      { op: 'attach', slot: 2, target: '/a/b', how: 'follow' },
      { op: 'attach', slot: 3, target: '/c', how: 'nofollow' },
    ]);
  });

  test('gives a bind exactly the listed flags, and says which others go by implication', () => {
    const options = ['rbind', 'ro', 'nosuid', 'exec', 'rnodev', 'rnoatime', 'rslave'];
    expect(mountOps([{ destination: '/a', source: '/s', options }]).slice(1)).toEqual([
      {
        op: 'replace-attributes',
        slot: 1,
        set: ['MOUNT_ATTR_RDONLY', 'MOUNT_ATTR_NOSUID'],
        clear: ['MOUNT_ATTR_NOEXEC'],
        implied: ['MOUNT_ATTR_NODEV', 'MOUNT_ATTR_NOSYMFOLLOW'],
      },
      {
        op: 'set-attributes',
        slot: 1,
        set: ['MOUNT_ATTR_NODEV', 'MOUNT_ATTR_NOATIME'],
        clear: ['MOUNT_ATTR__ATIME'],
        scope: ['AT_RECURSIVE'],
      },
      { op: 'attach', slot: 1, target: '/a', how: 'follow' },
      { op: 'set-propagation', slot: 1, flags: ['MS_SLAVE', 'MS_REC'] },
    ]);
  });

  test.each(['proc', 'sysfs'])('attaches %s to an ordinary directory only', (type) => {
    expect(mountOps([{ destination: `/${type}`, type, source: type }])).toContainEqual({
      op: 'attach',
      slot: 1,
      target: `/${type}`,
      how: 'ordinary',
    });
  });

  test('makes a superblock read-only only where a device is behind it', () => {
    const mounts: Mount[] = [
      { destination: '/a', type: 'ext4', source: '/dev/sda1', options: ['ro', 'errors=panic'] },
      { destination: '/b', type: 'sysfs', options: ['ro'] },
    ];
    expect(mountOps(mounts).filter((op) => op.op === 'new-mount')).toEqual([
      {
        op: 'new-mount',
        slot: 1,
        fstype: 'ext4',
        source: '/dev/sda1',
        options: ['ro', 'errors=panic'],
        attributes: ['MOUNT_ATTR_RDONLY'],
      },
      { op: 'new-mount', slot: 2, fstype: 'sysfs', source: 'sysfs', options: [], attributes: ['MOUNT_ATTR_RDONLY'] },
    ]);
  });

  test('makes /dev and read-only tmpfs writable first and read-only when all is made', () => {
    const mounts: Mount[] = [
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['ro', 'nosuid'] },
      { destination: '/run', type: 'tmpfs', options: ['ro', 'tmpcopyup'] },
    ];
    const spec = specWith({
      mounts,
      root: { path: 'rootfs', readonly: true },
      linux: { namespaces: [{ type: 'mount' }], maskedPaths: ['/m'] },
    });
    const ops = createOps(spec, ['new-mount', 'copy-up', 'make-symlink', 'mask', 'set-attributes', 'pivot-root']);
    expect(ops.filter((op) => op.op !== 'make-symlink')).toEqual([
      { op: 'new-mount', slot: 1, fstype: 'tmpfs', source: 'tmpfs', options: [], attributes: ['MOUNT_ATTR_NOSUID'] },
      { op: 'new-mount', slot: 2, fstype: 'tmpfs', source: 'tmpfs', options: [], attributes: [] },
      { op: 'copy-up', slot: 2, path: '/run' },
      { op: 'mask', path: '/m' },
      { op: 'set-attributes', slot: 1, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] },
      { op: 'set-attributes', slot: 2, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] },
      { op: 'set-attributes', slot: 0, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] },
      { op: 'pivot-root' },
    ]);
  });

  test.each<[string, Namespaces]>([
    ['a new cgroup namespace', [{ type: 'mount' }, { type: 'user' }, { type: 'cgroup' }]],
    ['one and no user namespace', [{ type: 'mount' }, { type: 'cgroup' }]],
  ])('mounts cgroup as cgroup2 with %s', (_, namespaces) => {
    const options = ['nosuid', 'ro'];
    expect(
      mountOps([{ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options }], namespaces),
    ).toContainEqual({
      op: 'new-mount',
      slot: 1,
      fstype: 'cgroup2',
      source: 'cgroup',
      options: [],
      attributes: ['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_RDONLY'],
    });
  });

  test('binds the own cgroup, read-only, in a user namespace with the cgroup namespace of the host', () => {
    const namespaces: Namespaces = [{ type: 'mount' }, { type: 'user' }];
    const mount: Mount = { destination: '/sys/fs/cgroup', type: 'cgroup2', source: 'cgroup', options: ['nosuid'] };
    expect(mountOps([mount], namespaces)).toEqual([
      { op: 'open-tree', slot: 1, source: '/sys/fs/cgroup/web', flags: [] },
      { op: 'set-attributes', slot: 1, set: ['MOUNT_ATTR_RDONLY', 'MOUNT_ATTR_NOSUID'], clear: [], scope: [] },
      { op: 'attach', slot: 1, target: '/sys/fs/cgroup', how: 'follow' },
    ]);
  });

  test('binds the whole cgroup tree with the cgroup namespace of the host: a new mount would change the options of all others', () => {
    const mount: Mount = { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid'] };
    expect(mountOps([mount], [{ type: 'mount' }])).toEqual([
      { op: 'open-tree', slot: 1, source: '/sys/fs/cgroup', flags: [] },
      { op: 'set-attributes', slot: 1, set: ['MOUNT_ATTR_NOSUID'], clear: [], scope: [] },
      { op: 'attach', slot: 1, target: '/sys/fs/cgroup', how: 'follow' },
    ]);
  });

  test('warns of options without effect', () => {
    const mounts: Mount[] = [{ destination: '/a', type: 'tmpfs', options: ['iversion'] }];
    expect(compile(specWith({ mounts })).warnings).toEqual([
      'mounts[0]: option "iversion" has no effect: the mount API has no such flag',
    ]);
  });

  test('copies a source that is a link, and binds any other', () => {
    const links = new Map([['/bundles/web/link', '../target']]);
    const options = ['bind', 'copy-symlink', 'ro'];
    const mounts: Mount[] = [
      { destination: '/a', source: 'link', options },
      { destination: '/b', source: '/srv', options },
    ];
    const dev: Mount = { destination: '/dev', type: 'bind', source: '/dev' };
    const spec = specWith({ mounts: [...mounts, dev], linux: { namespaces: [{ type: 'mount' }] } });
    expect(createOps(spec, ['open-tree', 'copy-symlink', 'attach'], { facts: { links } }).slice(0, -1)).toEqual([
      { op: 'open-tree', slot: 1, source: '/srv', flags: [] },
      { op: 'open-tree', slot: 2, source: '/dev', flags: [] },
      { op: 'copy-symlink', path: '/a', target: '../target' },
      { op: 'attach', slot: 1, target: '/b', how: 'follow' },
    ]);
  });

  test('gives a tmpfs without a mode that of the directory it covers', () => {
    const mounts: Mount[] = [
      { destination: '/a', type: 'tmpfs', options: ['size=1m'] },
      { destination: '/b', type: 'tmpfs', options: ['size=1m,mode=700'] },
      { destination: '/c', type: 'tmpfs', options: ['tmpcopyup'] },
      { destination: '/d', type: 'ramfs' },
    ];
    const spec = specWith({ mounts, linux: { namespaces: [{ type: 'mount' }] } });
    expect(createOps(spec, ['inherit-mode'])).toEqual([{ op: 'inherit-mode', slot: 1, path: '/a' }]);
  });

  test('changes an earlier mount for a remount', () => {
    const flags = { op: 'replace-attributes', slot: 1 } as const;
    const ops = mountOps([
      { destination: '/a', type: 'tmpfs', options: ['mode=755', 'ro'] },
      {
        destination: '/a/',
        type: 'tmpfs',
        options: ['remount', 'nosuid', 'size=64k', 'sync', 'nomand', 'rnodev', 'shared'],
      },
    ]);
    expect(ops.slice(3)).toEqual([
      { op: 'reconfigure', slot: 1, options: ['sync', 'nomand', 'size=64k'] },
      {
        ...flags,
        set: ['MOUNT_ATTR_NOSUID'],
        clear: [],
        implied: ['MOUNT_ATTR_RDONLY', 'MOUNT_ATTR_NODEV', 'MOUNT_ATTR_NOEXEC', 'MOUNT_ATTR_NOSYMFOLLOW'],
      },
      { op: 'set-attributes', slot: 1, set: ['MOUNT_ATTR_NODEV'], clear: [], scope: ['AT_RECURSIVE'] },
      { op: 'set-propagation', slot: 1, flags: ['MS_SHARED'] },
      { op: 'attach', slot: 2, target: '/dev', how: 'follow' },
    ]);
  });

  test('makes a remount of a tmpfs read-only when all has been made in it', () => {
    const ops = mountOps([
      { destination: '/a', type: 'tmpfs', options: ['mode=755'] },
      { destination: '/a', type: 'tmpfs', options: ['remount', 'ro'] },
    ]);
    expect(ops.at(-1)).toEqual({ op: 'set-attributes', slot: 1, set: ['MOUNT_ATTR_RDONLY'], clear: [], scope: [] });
    expect(ops.flatMap((op) => (op.op === 'replace-attributes' && 'set' in op ? op.set : []))).toEqual([]);
  });

  test('remounts nothing of the host', () => {
    const bind: Mount = { destination: '/a', source: '/s', options: ['bind'] };
    const again = (options: string[]): Mount => ({ destination: '/a', type: 'none', source: '/s', options });
    const problemsWith = (mount: Mount) =>
      problemsOf(specWith({ mounts: [bind, mount], linux: { namespaces: [{ type: 'mount' }] } }));
    expect(problemsWith(again(['remount', 'ro', 'size=1']))).toEqual([
      'mounts[1]: a remount of a bind cannot change its filesystem: size=1',
    ]);
    expect(problemsWith(again(['remount', 'idmap']))).toEqual([
      'mounts[1].options[0]: "remount" does not go with "tmpcopyup" or "idmap"',
    ]);
    expect(problemsWith(again(['bind', 'remount', 'ro']))).toEqual([]);
    expect(problemsWith({ ...again(['remount']), destination: '/b' })).toEqual([
      'mounts[1].options[0]: "remount" needs an earlier mount on "/b"',
    ]);
  });

  test('says which words a bind cannot follow', () => {
    const bind = (options: string[]): Mount[] => [{ destination: '/a', source: '/s', options: ['bind', ...options] }];
    const problemsWith = (options: string[]) => problemsOf(specWith({ mounts: bind(options) }));
    for (const word of ['rsync', 'rasync', 'rdirsync', 'rmand', 'rnomand']) {
      expect(problemsWith([word])).toEqual([
        `mounts[0].options[1]: "${word}" cannot be had: it is a flag of filesystems, and those of a bind mount are there already`,
      ]);
    }
    for (const word of ['src-nofollow', 'dest-nofollow']) {
      expect(problemsWith([word, 'copy-symlink'])).toEqual([
        'mounts[0].options[2]: "copy-symlink" does not go with "src-nofollow" or "dest-nofollow"',
      ]);
    }
    expect(problemsOf(specWith({ mounts: [{ destination: '/a', type: 'tmpfs', options: ['copy-symlink'] }] }))).toEqual(
      ['mounts[0].options[0]: "copy-symlink" is for bind mounts only'],
    );
    expect(compile(specWith({ mounts: bind(['sync', 'async', 'dirsync']) })).warnings).toEqual([
      'mounts[0]: option "dirsync" has no effect on a bind mount: it is one of its filesystem',
    ]);
  });

  test('reports every problem at once, each with its path', () => {
    const mounts: Mount[] = [
      { destination: '/a', type: 'bind', options: ['ro'] },
      { destination: '/b', source: '/s', options: ['bind', 'size=1,mode=2', 'tmpcopyup'] },
      { destination: '/c' },
      { destination: '/x', type: 'tmpfs', options: ['remount'] },
      { destination: '/d', type: 'tmpfs', source: 's'.repeat(256), options: [`k=${'v'.repeat(256)}`] },
    ];
    expect(problemsOf(specWith({ mounts, process: { cwd: '/', user: { uid: 0, gid: 0 }, env: ['X'] } }))).toEqual([
      'process.env[0]: must be NAME=value',
      'process.args: a container needs a program to run',
      'mounts[0]: a bind mount needs a source',
      'mounts[1].options[1]: a bind mount cannot have options of a filesystem: "size=1"',
      'mounts[1].options[1]: a bind mount cannot have options of a filesystem: "mode=2"',
      'mounts[1].options[2]: "tmpcopyup" is for a mount of type "tmpfs" only',
      'mounts[2]: a mount needs a type, or the option "bind" or "rbind"',
      'mounts[3].options[0]: "remount" needs an earlier mount on "/x"',
      'mounts[4].options[0]: "k" is too long: the mount API takes at most 255 bytes',
      'mounts[4].source: is too long: the mount API takes at most 255 bytes',
    ]);
  });

  test('refuses more mounts than there are slots', () => {
    const mounts = Array.from({ length: 16384 }, (_, index) => ({ destination: `/m${index}`, type: 'tmpfs' }));
    expect(problemsOf(specWith({ mounts }))).toEqual(['mounts[16383]: too many mounts: a plan holds at most 16383']);
  });
});
