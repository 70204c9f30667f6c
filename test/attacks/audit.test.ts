// The audit of every way into a container: no process of tsrun's looks up a path by its name alone between entering the container's mount
// namespace and executing the program. Whatever a container can be is made here once, under strace; audit/exceptions.ts has what is allowed.
import { spawn } from 'node:child_process';
import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { OPS } from '../../src/plan/ops.js';
import { type BundleOptions, makeBundle, type SpecDraft, setNamespace, shareNamespace } from '../support/bundle.js';
import { type Host, startHost } from '../support/exec.js';
import { inUserNamespace, makeTree } from '../support/idmap.js';
import { receiveNotifications, receivePidfd } from '../support/listener.js';
import { newNetwork } from '../support/network.js';
import { asMapped, asRootless, OrdinaryUser } from '../support/ordinary-user.js';
import { PROBE, TSRUN } from '../support/paths.js';
import { newPeer } from '../support/peers.js';
import { denying } from '../support/seccomp.js';
import { makeTemporary } from '../support/temporary.js';
import { receiveTerminal } from '../support/terminal.js';
import { type CallOptions, newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';
import type { AuditReport } from './audit/audit.js';
import { EXCEPTIONS } from './audit/exceptions.js';
import { AuditTally, newTracer } from './audit/traced.js';

const tally = new AuditTally();
const CREATING = { runtime: TSRUN, enters: 'building' } as const;
const EXECUTING = { runtime: TSRUN, enters: 'inside' } as const;

/** Nothing is found, in enough that was looked at. */
function expectClean({ problems, calls, programs }: AuditReport): void {
  expect(problems).toEqual([]);
  expect(calls.building + calls.inside).toBeGreaterThan(100);
  expect(programs).toBeGreaterThan(0);
}

interface CreateOptions extends BundleOptions {
  readonly flags?: readonly string[];
  readonly call?: CallOptions;
  /** Words before tsrun, such as those of nsenter(1). */
  readonly before?: readonly string[];
  /** Who calls tsrun; default: root. */
  readonly user?: OrdinaryUser;
}

/** `create` under strace, whose init goes on under it when it is started. */
async function auditCreate({
  flags = [],
  call = {},
  before = [],
  user,
  ...options
}: CreateOptions): Promise<AuditReport> {
  const tsrun = user?.tsrun ?? newTsrun();
  const id = tsrun.newId();
  const tracer = newTracer();
  const bundled = { args: ['/probe', 'true'], ...options };
  const { path } = user === undefined ? makeBundle(bundled) : user.bundle(bundled);
  const words = [...before, TSRUN, '--root', tsrun.root, 'create', ...flags, '-b', path, id];
  // strace stays root, which may trace what an ordinary user may not.
  const [program = '', ...rest] = [...tracer.words, ...(user === undefined ? words : user.line(words))];
  const traced = tsrun.spawnProgram(program, rest, call);
  let hasEnded = false;
  void traced.ended.then(() => {
    hasEnded = true;
  });
  // Without a container it ends by itself, and says why.
  await waitFor('the container', () => hasEnded || tsrun.state(id)?.status === 'created');
  if (!hasEnded) {
    tally.notePlan(join(tsrun.root, id, 'plan'));
    tsrun.must(['start', id]);
  }
  return tally.judge(tracer, CREATING, await traced.ended);
}

function withFewDescriptors(spec: SpecDraft): void {
  spec.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 4, hard: 4 }];
}

const ACTIVATION = 'export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@" 3</dev/null';
const still = ['nosuid', 'noexec', 'nodev'];

function withEveryMount(spec: SpecDraft): void {
  spec.mounts.push(
    { destination: '/data', type: 'bind', source: makeTree(), options: ['bind', 'ro', 'rprivate'] },
    { destination: '/new/tree', type: 'bind', source: makeTree(), options: ['rbind', 'rslave', 'rro'] },
    { destination: '/new/file', type: 'bind', source: join(makeTree(), 'file'), options: ['bind', 'nosuid'] },
    { destination: '/filled', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup', 'size=1m'] },
    { destination: '/kept', type: 'tmpfs', source: 'tmpfs', options: ['size=1m', 'ro'] },
    { destination: '/queue', type: 'mqueue', source: 'mqueue', options: still },
    { destination: '/kept', type: 'tmpfs', source: 'tmpfs', options: ['remount', 'noexec'] },
    { destination: '/kept', type: 'tmpfs', source: 'tmpfs', options: ['remount', 'size=2m'] },
  );
  const links = makeTemporary();
  symlinkSync('/data/file', join(links, 'link'));
  const source = join(links, 'link');
  spec.mounts.push({ destination: '/new/link', type: 'bind', source, options: ['bind', 'copy-symlink'] });
}

function fill(rootfs: string): void {
  for (const name of ['filled', 'kept', 'etc', 'secret']) mkdirSync(join(rootfs, name));
  writeFileSync(join(rootfs, 'filled', 'file'), 'content\n');
  symlinkSync('file', join(rootfs, 'filled', 'link'));
  mkdirSync(join(rootfs, 'filled', 'sub'));
  writeFileSync(join(rootfs, 'etc', 'passwd'), 'user:x:5:7::/home:/bin/sh\n');
  writeFileSync(join(rootfs, 'etc', 'group'), 'user:x:7:\nmore:x:9:user\n');
  symlinkSync('/etc', join(rootfs, 'led'));
}

function withEveryField(spec: SpecDraft): void {
  spec.process.cwd = '/made/for/it';
  spec.process.user = { uid: 5, gid: 7, additionalGids: [9], umask: 0o27 };
  spec.process.oomScoreAdj = 100;
  spec.process.env.push('LISTEN_FDS=0');
  spec.domainname = 'example.org';
  spec.linux.sysctl = { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '4096' };
  spec.linux.maskedPaths.push('/secret', '/led/group', '/absent');
  spec.linux.readonlyPaths.push('/led', '/absent');
  spec.linux.devices = [
    { path: '/dev/other', type: 'c', major: 1, minor: 5, fileMode: 0o600, uid: 5, gid: 7 },
    { path: '/dev/pipes/one', type: 'p' },
  ];
  spec.linux.personality = { domain: 'LINUX' };
  spec.linux.memoryPolicy = { mode: 'MPOL_BIND', nodes: '0' };
  spec.linux.timeOffsets = { monotonic: { secs: 60 } };
  setNamespace(spec, 'time');
  spec.linux.seccomp = denying({ names: ['ptrace'], action: 'SCMP_ACT_ERRNO' });
  spec.root.readonly = true;
}

/** A hook of each kind; those inside are of the image. */
function withHooks(spec: SpecDraft): void {
  const outside = [{ path: PROBE, args: ['probe', 'true'] }];
  const inside = [{ path: '/probe', args: ['probe', 'true'] }];
  spec.hooks = {
    prestart: outside,
    createRuntime: outside,
    createContainer: outside,
    startContainer: inside,
    poststart: outside,
    poststop: outside,
  };
}

describe('on its way into a container nobody looks up a path by its name', () => {
  test.each<[string, CreateOptions]>([
    ['of the plain kind', {}],
    ['with every kind of mount', { fill, mutate: withEveryMount }],
    ['with every other field', { fill, mutate: withEveryField }],
    ['with hooks', { fill, mutate: withHooks }],
    ['with hooks whose output is kept', { mutate: withHookOutput }],
    ['with the cgroup namespace of the host', { mutate: withCgroupOfHost }],
    ['without pivot_root', { flags: ['--no-pivot'] }],
    ['without a new keyring', { flags: ['--no-new-keyring'] }],
    ['with a user namespace', { fill, mutate: inUserNamespace(withEveryMount) }],
    ['with a user namespace and hooks', { mutate: inUserNamespace(withHooks) }],
    ['whose mounts have their ids mapped', { mutate: inUserNamespace(withMappedMount) }],
    ['whose rootfs is shared with the host', { mutate: withPropagation('shared') }],
    ['whose root is unbindable', { mutate: withPropagation('unbindable') }],
    ['without a mount namespace', { mutate: withoutMountNamespace }],
    ['whose filter is loaded with privilege', { mutate: withPrivilegedFilter }],
    ['with fewer descriptors than it takes to make it', { mutate: withFewDescriptors }],
    ['with descriptors of socket activation', { before: ['sh', '-c', ACTIVATION, 'sh'] }],
  ])('%s', async (_title, options) => {
    expectClean(await auditCreate(options));
  });

  test('with a terminal', async () => {
    const { socket } = await receiveTerminal();
    expectClean(await auditCreate({ flags: ['--console-socket', socket], mutate: withTerminal }));
  });

  test('with a terminal, in a user namespace', async () => {
    const { socket } = await receiveTerminal();
    expectClean(await auditCreate({ flags: ['--console-socket', socket], mutate: inUserNamespace(withTerminal) }));
  });

  test('with NOTIFY_SOCKET', async () => {
    const { address } = await receiveNotifications();
    const tsrun = newTsrun();
    const tracer = newTracer();
    const { path } = makeBundle({ args: ['/probe', 'notify', '-', '0', 'READY=1'] });
    const command = [...tracer.words, TSRUN, '--root', tsrun.root, 'run', '-b', path, tsrun.newId()];
    const outcome = tsrun.execute(command[0] ?? '', command.slice(1), { env: { NOTIFY_SOCKET: address } });
    expectClean(tally.judge(tracer, CREATING, outcome));
  });

  test('with a network device of the host', async () => {
    const network = await newNetwork();
    network.ip('link', 'add', 'data0', 'type', 'veth', 'peer', 'name', 'peer0');
    const mutate = (spec: SpecDraft) => {
      spec.linux.netDevices = { data0: { name: 'inside0' } };
    };
    expectClean(await auditCreate({ mutate, before: ['nsenter', `--net=${network.path}`] }));
  });

  test('whose namespaces are those of another one', async () => {
    const host = startHost({ mutate: (spec) => setNamespace(spec, 'time') });
    const mutate = (spec: SpecDraft) => {
      delete spec.hostname;
      const files = {
        pid: 'pid',
        network: 'net',
        ipc: 'ipc',
        uts: 'uts',
        mount: 'mnt',
        cgroup: 'cgroup',
        time: 'time',
      };
      for (const [type, file] of Object.entries(files)) {
        setNamespace(spec, type as 'pid', `/proc/${host.pid}/ns/${file}`);
      }
      // The bundle is not to be seen from that mount namespace.
      setNamespace(spec, 'mount');
    };
    expectClean(await auditCreate({ mutate }));
  });

  test('whose mount namespace is that of another one', async () => {
    const path = await newMountNamespace();
    expectClean(await auditCreate({ mutate: (spec) => setNamespace(spec, 'mount', path) }));
  });

  test('whose user namespace is that of another one', async () => {
    const host = startHost({ mutate: inUserNamespace() });
    const mutate = inUserNamespace((spec) => {
      setNamespace(spec, 'user', `/proc/${host.pid}/ns/user`);
      setNamespace(spec, 'pid', `/proc/${host.pid}/ns/pid`);
    });
    expectClean(await auditCreate({ mutate }));
  });

  test.each([
    ['without root', asRootless],
    ['without root, with ids of the user', asMapped],
  ])('%s', async (_title, mutate) => {
    expectClean(await auditCreate({ user: new OrdinaryUser(), mutate }));
  });
});

/** The file of a mount namespace that is a copy of the host's, until the test ends. */
async function newMountNamespace(): Promise<string> {
  const holder = spawn('unshare', ['--mount', 'sleep', '600'], { stdio: 'ignore' });
  onTestFinished(() => void holder.kill('SIGKILL'));
  const path = `/proc/${holder.pid}/ns/mnt`;
  await waitFor('the mount namespace', () => readlinkSync(path) !== readlinkSync('/proc/self/ns/mnt'));
  return path;
}

function withMappedMount(spec: SpecDraft): void {
  spec.mounts.push({ destination: '/data', type: 'bind', source: makeTree(), options: ['rbind', 'ridmap'] });
}

function withPropagation(word: string): (spec: SpecDraft) => void {
  return (spec) => {
    spec.linux.rootfsPropagation = word;
  };
}

function withTerminal(spec: SpecDraft): void {
  spec.process.terminal = true;
}

function withHookOutput(spec: SpecDraft): void {
  spec.annotations = { 'run.oci.hooks.stdout': join(makeTemporary(), 'output') };
  spec.hooks = { createContainer: [{ path: PROBE, args: ['probe', 'true'] }] };
}

function withCgroupOfHost(spec: SpecDraft): void {
  shareNamespace(spec, 'cgroup');
}

function withoutMountNamespace(spec: SpecDraft): void {
  shareNamespace(spec, 'mount');
  spec.mounts = [];
  spec.linux.maskedPaths = [];
  spec.linux.readonlyPaths = [];
}

function withPrivilegedFilter(spec: SpecDraft): void {
  spec.process.noNewPrivileges = false;
  spec.linux.seccomp = denying({ names: ['ptrace'], action: 'SCMP_ACT_ERRNO' });
}

/** `exec` under strace. */
function auditExec(host: Host, flags: readonly string[] = [], args = ['/probe', 'true']): AuditReport {
  const tracer = newTracer();
  const command = [...tracer.words, TSRUN, '--root', host.tsrun.root, 'exec', ...flags, host.id, ...args];
  return tally.judge(tracer, EXECUTING, host.tsrun.execute(command[0] ?? '', command.slice(1)));
}

describe('on its way into a container that runs nobody looks up a path by its name', () => {
  test('of the plain kind', () => {
    expectClean(auditExec(startHost()));
  });

  test('with every flag', async () => {
    const host = startHost({ fill });
    const { address } = await receivePidfd();
    const files = ['--pid-file', join(makeTemporary(), 'pid'), '--pidfd-socket', address];
    const identity = ['--user', 'user:user', '-g', '11', '--cap', 'CAP_KILL', '--no-new-privs'];
    const rest = ['--cwd', '/etc', '-e', 'PATH=/absent:/', '--ignore-paused', '--cgroup', '/'];
    expectClean(auditExec(host, [...files, ...identity, ...rest], ['probe', 'true']));
  });

  test('with a terminal', async () => {
    const { socket } = await receiveTerminal();
    expectClean(auditExec(startHost(), ['--detach', '--tty', '--console-socket', socket]));
  });

  test('with a document', () => {
    const host = startHost({ fill });
    const file = join(makeTemporary(), 'process.json');
    const document = {
      args: ['/probe', 'true'],
      cwd: '/etc',
      user: { uid: 5, gid: 7 },
      execCPUAffinity: { final: '0' },
    };
    writeFileSync(file, JSON.stringify(document));
    expectClean(auditExec(host, ['--process', file], []));
  });

  test.each<[string, BundleOptions]>([
    ['with a user namespace', { fill, mutate: inUserNamespace() }],
    ['without a pid namespace', { mutate: (spec) => shareNamespace(spec, 'pid') }],
    ['without a mount namespace', { mutate: withoutMountNamespace }],
    ['with a filter', { mutate: withPrivilegedFilter }],
  ])('%s', (_title, options) => {
    expectClean(auditExec(startHost(options)));
  });
});

/** What no container of these can have init do, and why. */
const NOT_DONE: Readonly<Record<string, string>> = {
  'find-user': 'of exec alone: "--user" above',
  'open-current-root': 'of exec alone',
  'set-affinity': 'of exec alone: "with a document" above',
  'set-apparmor-profile': 'needs a kernel with AppArmor: test/conformance/security',
  'set-selinux-label': 'needs a kernel with SELinux',
  'label-keys': 'needs a kernel with SELinux',
  'label-mount': 'needs a kernel with SELinux',
  'tell-listener': 'takes no path: a number, over a socket',
  'join-namespace': "of namespaces whose user namespace is another's: takes descriptors",
};

describe('the audit', () => {
  test('has seen init do every operation of its side', () => {
    const all = Object.entries(OPS).flatMap(([name, [side]]) => (side === 'INIT' ? [name] : []));
    expect(all.filter((name) => !tally.operations.has(name) && NOT_DONE[name] === undefined)).toEqual([]);
  });

  test('has no exception that nothing needs', () => {
    expect(EXCEPTIONS.map(({ title }) => title).filter((title) => !tally.exceptions.has(title))).toEqual([]);
  });

  test('finds paths by their names where there are some: in runc', () => {
    const runc = newPeer('runc');
    const tracer = newTracer();
    const mutate = (spec: SpecDraft) => {
      spec.ociVersion = '1.0.2';
    };
    const { path } = makeBundle({ args: ['/probe', 'true'], mutate });
    const outcome = runc.must(['run', '-b', path, runc.newId()], { before: tracer.words });
    const { problems } = tally.judge(tracer, { runtime: '/usr/sbin/runc', enters: 'building' }, outcome);
    expect(problems.filter((problem) => / building: from the current directory/.test(problem)).length).toBeGreaterThan(
      10,
    );
  });
});
