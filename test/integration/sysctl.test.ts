// linux.sysctl: what a namespace of the container confines is set, in the container and nowhere else; all other names are refused. The same
// with runc, whose rules these are.
import { chownSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeBundle, type SpecDraft, setNamespace, shareNamespace } from '../support/bundle.js';
import { TSRUN } from '../support/paths.js';
import { newPeer, type Peer, tsrunAsPeer } from '../support/peers.js';
import { newTsrun, type Outcome } from '../support/tsrun.js';

const RUNTIMES: readonly (readonly [string, () => Peer])[] = [
  ['tsrun', () => tsrunAsPeer(newTsrun(), TSRUN)],
  ['runc', () => newPeer('runc')],
];

/** Runs `probe sysctl READ` in a container with these. */
function run(
  runtime: Peer,
  sysctl: Record<string, string>,
  read: string,
  mutate: (spec: SpecDraft) => void = () => {},
  fill?: (rootfs: string) => void,
): Outcome {
  const bundle = makeBundle({
    args: ['/probe', 'sysctl', read],
    ...(fill === undefined ? {} : { fill }),
    mutate: (spec) => {
      // Where cgroup v1 is, runc 1.1 has cgroup mounts that a test is no place for.
      spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
      spec.linux.sysctl = sysctl;
      mutate(spec);
    },
  });
  return runtime.call(['run', '--bundle', bundle.path, runtime.newId()]);
}

const ALLOWED: readonly (readonly [name: string, value: string, path: string])[] = [
  ['kernel.msgmax', '8200', 'kernel/msgmax'],
  ['kernel.msgmnb', '16400', 'kernel/msgmnb'],
  ['kernel.msgmni', '1234', 'kernel/msgmni'],
  ['kernel.sem', '250\t32000\t32\t129', 'kernel/sem'],
  ['kernel.shmall', '1000000', 'kernel/shmall'],
  ['kernel.shmmax', '1000000000', 'kernel/shmmax'],
  ['kernel.shmmni', '1000', 'kernel/shmmni'],
  ['kernel.shm_rmid_forced', '1', 'kernel/shm_rmid_forced'],
  ['fs.mqueue.msg_max', '11', 'fs/mqueue/msg_max'],
  ['fs.mqueue.queues_max', '300', 'fs/mqueue/queues_max'],
  ['net.ipv4.ip_forward', '1', 'net/ipv4/ip_forward'],
  ['net.ipv4.conf.lo.rp_filter', '2', 'net/ipv4/conf/lo/rp_filter'],
  ['kernel/msgmax', '8300', 'kernel/msgmax'],
  ['net/ipv4/conf/lo/rp_filter', '1', 'net/ipv4/conf/lo/rp_filter'],
  ['kernel.domainname', 'example.org', 'kernel/domainname'],
];

describe.each(RUNTIMES)('a sysctl with %s', (_name, newRuntime) => {
  test.each(ALLOWED)('%s is set to %j, in the container only', (name, value, path) => {
    const tsrun = newTsrun();
    const host = () => tsrun.execute('cat', [`/proc/sys/${path}`]).stdout;
    const before = host();
    const { stdout, status, stderr } = run(newRuntime(), { [name]: value }, path);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${value}\n`, stderr: '' });
    expect(host()).toBe(before);
    expect(before).not.toBe(`${value}\n`);
  });

  test.each<[string, 'ipc' | 'network' | 'uts']>([
    ['kernel.shmmax', 'ipc'],
    ['fs.mqueue.msg_max', 'ipc'],
    ['net.ipv4.ip_forward', 'network'],
    ['kernel.domainname', 'uts'],
  ])("%s is refused where the %s namespace is the host's", (name, type) => {
    const tsrun = newTsrun();
    const host = () => tsrun.execute('cat', [`/proc/sys/${name.replaceAll('.', '/')}`]).stdout;
    const before = host();
    const { status, stderr } = run(newRuntime(), { [name]: '1' }, name, (spec) => {
      shareNamespace(spec, type);
      delete spec.hostname;
    });
    expect(status).toBe(1);
    expect(stderr).toContain(name);
    expect(host()).toBe(before);
  });

  test.each([
    'kernel.hostname',
    'kernel.core_pattern',
    'kernel.shm_next_id',
    'vm.swappiness',
    'fs.file-max',
    'dev.raid.speed_limit_min',
  ])('%s is refused', (name) => {
    const { status, stderr } = run(newRuntime(), { [name]: '1' }, name);
    expect(status).toBe(1);
    expect(stderr).toContain(name);
  });

  test('of the network is refused where a path leads to the namespace of the host', () => {
    const { status, stderr } = run(newRuntime(), { 'net.ipv4.ip_forward': '1' }, 'net/ipv4/ip_forward', (spec) =>
      setNamespace(spec, 'network', `/proc/${process.pid}/ns/net`),
    );
    expect(status).toBe(1);
    expect(stderr).toContain('net.ipv4.ip_forward');
  });

  test('is set in a namespace that a path leads to', () => {
    const runtime = newRuntime();
    const owner = newTsrun();
    const id = owner.newId();
    owner.must(['run', '-d', '-b', makeBundle({ args: ['/probe', 'sleep', '600'] }).path, id]);
    const pid = owner.state(id)?.pid;
    const { stdout } = run(runtime, { 'net.ipv4.ip_forward': '1' }, 'net/ipv4/ip_forward', (spec) =>
      setNamespace(spec, 'network', `/proc/${pid}/ns/net`),
    );
    expect(stdout).toBe('1\n');
    expect(owner.must(['exec', id, '/probe', 'sysctl', 'net.ipv4.ip_forward']).stdout).toBe('1\n');
  });
});

describe('a sysctl', () => {
  const HOST_ID = 300000;
  const mapUsers = (spec: SpecDraft) => {
    setNamespace(spec, 'user');
    spec.linux.uidMappings = [{ containerID: 0, hostID: HOST_ID, size: 1000 }];
    spec.linux.gidMappings = [{ containerID: 0, hostID: HOST_ID, size: 1000 }];
  };
  const ownRootfs = (rootfs: string) => chownSync(rootfs, HOST_ID, HOST_ID);
  const tsrun = () => tsrunAsPeer(newTsrun(), TSRUN);

  test('of user is set in a user namespace of its own, as with runc 1.5', () => {
    const path = 'user/max_user_namespaces';
    expect(run(tsrun(), { 'user.max_user_namespaces': '3' }, path, mapUsers, ownRootfs)).toMatchObject({
      status: 0,
      stdout: '3\n',
      stderr: '',
    });
  });

  test('of user is refused without one', () => {
    const { stderr } = run(tsrun(), { 'user.max_user_namespaces': '3' }, 'user/max_user_namespaces');
    expect(stderr).toBe(
      'tsrun: invalid config.json: linux.sysctl["user.max_user_namespaces"]: needs a namespace of type "user", linux.namespaces has none\n',
    );
  });

  test.each([
    ['kernel.msgmax', '8200', 'kernel/msgmax'],
    ['net.ipv4.ip_forward', '1', 'net/ipv4/ip_forward'],
  ])('%s is set beside a user namespace', (name, value, path) => {
    expect(run(tsrun(), { [name]: value }, path, mapUsers, ownRootfs).stdout).toBe(`${value}\n`);
  });

  test.each<['ipc' | 'uts' | 'user' | 'network', string, string]>([
    ['ipc', 'kernel.msgmax', `/proc/${process.pid}/ns/ipc`],
    ['uts', 'kernel.domainname', `/proc/${process.pid}/ns/uts`],
    ['network', 'net.ipv4.ip_forward', '/proc/self/ns/net'],
  ])("is refused where the %s namespace of a path is the host's, before anything is done", (type, name, path) => {
    const runtime = newTsrun();
    const bundle = makeBundle({
      mutate: (spec) => {
        delete spec.hostname;
        setNamespace(spec, type, path);
        spec.linux.sysctl = { [name]: '1' };
      },
    });
    const { status, stderr } = runtime.call(['create', '-b', bundle.path, runtime.newId()]);
    expect({ status, stderr, left: runtime.leftovers() }).toEqual({
      status: 1,
      stderr: `tsrun: invalid config.json: linux.sysctl["${name}"]: must not be set: the ${type} namespace that linux.namespaces joins is the host's\n`,
      left: [],
    });
  });

  test('that the kernel does not have fails by its name', () => {
    const { status, stderr } = run(tsrun(), { 'net.ipv4.no_such_thing': '1' }, 'net/ipv4/ip_forward');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /: set the sysctl "net\/ipv4\/no_such_thing" to "1" \(write [^)]*\): no such file or directory \(ENOENT\)\n$/,
    );
  });

  test('with a value that the kernel does not take fails with it', () => {
    const { status, stderr } = run(tsrun(), { 'kernel.msgmax': 'much' }, 'kernel/msgmax');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /: set the sysctl "kernel\/msgmax" to "much" \(write [^)]*\): invalid argument \(EINVAL\)\n$/,
    );
  });
});
