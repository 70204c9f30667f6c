// linux.rootfsPropagation: which mounts the host and the container see of each other. What is made is looked at, and compared with runc.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Bundle, makeBundle, setNamespace } from '../support/bundle.js';
import { TSRUN } from '../support/paths.js';
import { newPeer, type Peer, tsrunAsPeer } from '../support/peers.js';
import { mountAt, runReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

const BUSYBOX = '/usr/bin/busybox';
const CAPABILITIES = ['CAP_SYS_ADMIN'];

function must(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A tmpfs of the host with that propagation, and two directories to mount on. */
function mountOnHost(propagation: 'shared' | 'private'): string {
  const path = makeTemporary();
  must('mount', '-t', 'tmpfs', 'tmpfs', path);
  onTestFinished(() => must('umount', '--recursive', '--lazy', path));
  must('mount', `--make-${propagation}`, path);
  for (const name of ['outside', 'inside']) mkdirSync(join(path, name));
  return path;
}

interface Line {
  readonly target: string;
  /** Without the numbers of peer groups. */
  readonly tags: readonly string[];
}

function readMountinfo(pid: number | 'self'): Line[] {
  return readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, , , , target = '', , ...tags] = line.split(' - ')[0]?.split(' ') ?? [];
      return { target, tags: tags.map((tag) => tag.split(':')[0] ?? '').sort() };
    });
}

const isMounted = (pid: number | 'self', target: string): boolean =>
  readMountinfo(pid).some((line) => line.target === target);

interface Seen {
  /** Tags of mountinfo of the container's root, and of the mount that it has of the host. */
  readonly root: readonly string[];
  readonly data: readonly string[];
  /** A mount that the host makes afterwards appears in the container. */
  readonly inward: boolean;
  /** A mount that the container makes appears on the host. */
  readonly outward: boolean;
}

/** A container with that mount of the host on /data, and what each side sees of the other. */
function look(runtime: Peer, propagation: string | undefined, options: readonly string[], source: string): Seen {
  const bundle = makeContainer(propagation, options, source);
  const id = runtime.newId();
  const pidFile = join(bundle.path, 'pid');
  runtime.must(['run', '--detach', '--pid-file', pidFile, '--bundle', bundle.path, id]);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  const tagsOf = (target: string) => readMountinfo(pid).findLast((line) => line.target === target)?.tags ?? [];
  const tags = { root: tagsOf('/'), data: tagsOf('/data') };
  must('mount', '-t', 'tmpfs', 'tmpfs', join(source, 'outside'));
  runtime.must(['exec', id, BUSYBOX, 'mount', '-t', 'tmpfs', 'tmpfs', '/data/inside']);
  const seen = { inward: isMounted(pid, '/data/outside'), outward: isMounted('self', join(source, 'inside')) };
  expect(isMounted(pid, '/data/inside')).toBe(true);
  runtime.must(['delete', '--force', id]);
  return { ...tags, ...seen };
}

function makeContainer(propagation: string | undefined, options: readonly string[], source: string): Bundle {
  return makeBundle({
    args: ['/probe', 'sleep', '600'],
    mutate: (spec) => {
      spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
      spec.mounts.push({ destination: '/data', type: 'bind', source, options: ['rbind', ...options] });
      spec.process.capabilities = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
      if (propagation !== undefined) spec.linux.rootfsPropagation = propagation;
    },
    fill: (rootfs) => {
      mkdirSync(join(rootfs, 'usr/bin'), { recursive: true });
      must('cp', BUSYBOX, join(rootfs, BUSYBOX));
    },
  });
}

const OPTIONS = [[], ['rshared'], ['rslave'], ['rprivate']].map((options) => [options] as const);
/** What mountinfo has to say of the root. */
const ROOT: Readonly<Record<string, readonly string[]>> = {
  shared: ['shared'],
  rshared: ['shared'],
  unbindable: ['unbindable'],
  runbindable: ['unbindable'],
};

const asTsrun = () => tsrunAsPeer(newTsrun(), TSRUN);

describe.each([undefined, 'private', 'slave', 'shared', 'unbindable', 'rprivate', 'rslave', 'rshared', 'runbindable'])(
  'rootfsPropagation %s',
  (word) => {
    // With a plain word runc changes the host's root only: a volume, which is a mount of its own, would still give what the container mounts to
    // the host. runc 1.1 cannot bind its rootfs in an unbindable tree, and leaves the propagation of the root as it has become.
    const comparable = word?.replace(/^r?/, 'r').replace('unbindable', 'private');
    const root = ROOT[word ?? ''] ?? [];

    test.each(OPTIONS)('and a bind mount of the options %j are as with runc', (options) => {
      const theirs = look(newPeer('runc'), comparable, options, mountOnHost('shared'));
      expect(look(asTsrun(), word, options, mountOnHost('shared'))).toEqual({ ...theirs, root });
    });

    test('and a bind mount of what is private on the host show nobody anything', () => {
      const theirs = look(newPeer('runc'), comparable, ['rshared'], mountOnHost('private'));
      const ours = look(asTsrun(), word, ['rshared'], mountOnHost('private'));
      expect(ours).toEqual({ ...theirs, root });
      expect(ours).toMatchObject({ data: ['shared'], inward: false, outward: false });
    });

    test('is that of the root, also of a read-only one', () => {
      const report = runReport((spec) => {
        spec.root.readonly = true;
        if (word !== undefined) spec.linux.rootfsPropagation = word;
      });
      const { options, propagation } = mountAt(report, '/');
      expect(options).toContain('ro');
      expect(propagation.map((tag) => tag.split(':')[0])).toEqual(root);
    });
  },
);

describe('a bind mount without a word about propagation', () => {
  test('gets what the host mounts, and gives the host nothing', () => {
    expect(look(asTsrun(), undefined, [], mountOnHost('shared'))).toEqual({
      root: [],
      data: ['master'],
      inward: true,
      outward: false,
    });
  });

  test('gives the host nothing in a user namespace, either', () => {
    const source = mountOnHost('shared');
    const report = runReport((spec, { rootfs }) => {
      setNamespace(spec, 'user');
      spec.linux.uidMappings = [{ containerID: 0, hostID: 300000, size: 1000 }];
      spec.linux.gidMappings = [{ containerID: 0, hostID: 300000, size: 1000 }];
      spec.mounts.push({ destination: '/data', type: 'bind', source, options: ['rbind'] });
      chownSync(rootfs, 300000, 300000);
    });
    expect(mountAt(report, '/data').propagation.map((tag) => tag.split(':')[0])).toEqual(['master']);
  });
});

describe('mounts of the host below the rootfs', () => {
  /** A rootfs that is a shared mount: whether one that the host makes in it afterwards is seen in the container. */
  const isSeen = (runtime: Peer, word: string | undefined): boolean => {
    const bundle = makeBundle({
      args: ['/probe', 'sleep', '600'],
      mutate: (spec) => {
        spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
        if (word !== undefined) spec.linux.rootfsPropagation = word;
      },
    });
    must('mount', '--bind', bundle.rootfs, bundle.rootfs);
    onTestFinished(() => must('umount', '--recursive', '--lazy', bundle.rootfs));
    must('mount', '--make-shared', bundle.rootfs);
    mkdirSync(join(bundle.rootfs, 'outside'));
    const id = runtime.newId();
    const pidFile = join(bundle.path, 'pid');
    runtime.must(['run', '--detach', '--pid-file', pidFile, '--bundle', bundle.path, id]);
    must('mount', '-t', 'tmpfs', 'tmpfs', join(bundle.rootfs, 'outside'));
    const seen = isMounted(Number(readFileSync(pidFile, 'utf8')), '/outside');
    runtime.must(['delete', '--force', id]);
    return seen;
  };

  test.each([undefined, 'private', 'slave', 'shared', 'rprivate', 'rslave', 'rshared'])(
    'are seen with %s as with runc',
    (word) => {
      expect(isSeen(asTsrun(), word)).toBe(isSeen(newPeer('runc'), word?.replace(/^r?/, 'r')));
    },
  );
});
