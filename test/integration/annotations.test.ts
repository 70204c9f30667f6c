// crun's annotations: each with crun and with tsrun, on the same bundle.
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bundle, type BundleOptions, makeBundle, type SpecDraft, setNamespace } from '../support/bundle.js';
import { receivePidfd, superviseCalls } from '../support/listener.js';
import { TSRUN } from '../support/paths.js';
import { newPeer, type Peer, tsrunAsPeer } from '../support/peers.js';
import { type ProbeReport, parseReport, runBundle, runReport } from '../support/probe.js';
import { numberOf } from '../support/seccomp.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

const SLEEP = ['/probe', 'sleep', '3600'];

/** tsrun, and crun, which has to do the same. */
const RUNTIMES: readonly (readonly [string, () => Peer])[] = [
  ['tsrun', () => tsrunAsPeer(newTsrun(), TSRUN)],
  ['crun', () => newPeer('crun')],
];

/** A bundle that both can run on a host whose cgroup v2 is not alone. */
function annotated(annotations: Record<string, string>, { mutate, ...options }: BundleOptions = {}): Bundle {
  return makeBundle({
    ...options,
    mutate: (spec, bundle) => {
      // The newest that crun 1.8 knows.
      spec.ociVersion = '1.0.2';
      spec.annotations = annotations;
      spec.mounts = spec.mounts.filter(({ type }) => type !== 'cgroup');
      mutate?.(spec, bundle);
    },
  });
}

/** The root of the user namespace makes mount points in its rootfs. */
const ownRootfs = (rootfs: string) => chownSync(rootfs, 300000, 300000);

function addUserNamespace(spec: SpecDraft): void {
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: 300000, size: 1000 }];
  // The caller's groups 3 and 4 are 501 and 502 inside, and the others nobody's.
  spec.linux.gidMappings = [
    { containerID: 0, hostID: 300000, size: 500 },
    { containerID: 501, hostID: 3, size: 2 },
  ];
}

describe.each(RUNTIMES)('run.oci.keep_original_groups with %s', (_name, newRuntime) => {
  const CALLER = ['setpriv', '--groups', '2,3,4'];
  const groupsOf = (value: string | null, mutate?: (spec: SpecDraft) => void): readonly number[] => {
    const bundle = annotated(value === null ? {} : { 'run.oci.keep_original_groups': value }, {
      fill: ownRootfs,
      mutate: (spec) => mutate?.(spec),
    });
    const runtime = newRuntime();
    return parseReport(runtime.must(['run', '--bundle', bundle.path, runtime.newId()], { before: CALLER }).stdout)
      .groups;
  };
  const addGroups = (spec: SpecDraft) => {
    spec.process.user.additionalGids = [10, 20];
  };

  test('keeps those of the caller, whatever the value but "0"', () => {
    expect(['1', '', 'false', '0', null].map((value) => groupsOf(value))).toEqual([
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
      [],
      [],
    ]);
  });

  test('adds none of process.user.additionalGids', () => {
    expect(groupsOf('1', addGroups)).toEqual([2, 3, 4]);
    expect(groupsOf('0', addGroups)).toEqual([10, 20]);
  });

  test('keeps them for a user that is not root', () => {
    const mutate = (spec: SpecDraft) => {
      spec.process.user = { uid: 1000, gid: 1000 };
    };
    expect(groupsOf('1', mutate)).toEqual([2, 3, 4]);
  });

  test('keeps them in a user namespace, as it maps them', () => {
    expect(groupsOf('1', addUserNamespace)).toEqual([65534, 501, 502]);
    expect(groupsOf(null, addUserNamespace)).toEqual([]);
  });

  test('is about the caller of exec, too', () => {
    const runtime = newRuntime();
    const id = runtime.newId();
    const bundle = annotated(
      { 'run.oci.keep_original_groups': '1' },
      {
        args: SLEEP,
        fill: ownRootfs,
        mutate: addUserNamespace,
      },
    );
    runtime.must(['run', '--detach', '--bundle', bundle.path, id], { before: CALLER });
    const { stdout } = runtime.must(['exec', id, '/probe', 'report'], { before: ['setpriv', '--groups', '4,7'] });
    expect(parseReport(stdout).groups).toEqual([502, 65534]);
  });
});

describe.each(RUNTIMES)('run.oci.hooks.stdout and stderr with %s', (name, newRuntime) => {
  const KINDS = ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'] as const;
  /** Every hook says its kind on both streams. */
  const addHooks = (spec: SpecDraft): void => {
    // crun 1.8 is ended by SIGPIPE when a hook does not read.
    const script = (kind: string) => `cat >/dev/null; echo ${kind} out; echo ${kind} err >&2`;
    const hook = (kind: string) =>
      kind === 'startContainer'
        ? { path: '/probe', args: ['probe', 'echo', `${kind} out`] }
        : { path: '/bin/sh', args: ['sh', '-c', script(kind)] };
    spec.hooks = Object.fromEntries(KINDS.map((kind) => [kind, [hook(kind)]]));
  };

  /** Kinds in the order of the file; poststart runs beside the program, so where it stands is not said. */
  const kindsIn = (path: string, stream: string): string[] => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.every((line) => line.endsWith(` ${stream}`))).toBe(true);
    return lines
      .map((line) => line.split(' ')[0] ?? '')
      .sort((a, b) => KINDS.indexOf(a as never) - KINDS.indexOf(b as never));
  };

  test('are files that all hooks append to, whichever command runs them', () => {
    const runtime = newRuntime();
    const directory = makeTemporary();
    const [out, err] = [join(directory, 'out'), join(directory, 'err')];
    const annotations = { 'run.oci.hooks.stdout': out, 'run.oci.hooks.stderr': err };
    const bundle = annotated(annotations, { args: SLEEP, mutate: addHooks });
    const id = runtime.newId();
    runtime.must(['create', '--bundle', bundle.path, id]);
    expect(kindsIn(out, 'out')).toEqual(['prestart', 'createRuntime', 'createContainer']);
    runtime.must(['start', id]);
    expect(kindsIn(out, 'out').slice(3)).toEqual(
      name === 'crun' ? expect.arrayContaining(['poststart']) : ['startContainer', 'poststart'],
    );
    runtime.must(['delete', '--force', id]);
    expect(kindsIn(out, 'out')).toEqual([...KINDS]);
    expect(kindsIn(err, 'err')).toEqual(KINDS.filter((kind) => kind !== 'startContainer'));
    const again = runtime.newId();
    runtime.must(['run', '--detach', '--bundle', bundle.path, again]);
    runtime.must(['delete', '--force', again]);
    expect(kindsIn(out, 'out')).toHaveLength(12);
  });

  test('that cannot be opened end create, before any hook', () => {
    const runtime = newRuntime();
    const bundle = annotated(
      { 'run.oci.hooks.stdout': '/nonexistent/file' },
      {
        mutate: (spec, { path }) => {
          spec.hooks = { prestart: [{ path: '/bin/touch', args: ['touch', join(path, 'ran')] }] };
        },
      },
    );
    const { status, stderr } = runtime.call(['create', '--bundle', bundle.path, runtime.newId()]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/\/nonexistent\/file.*: no such file or directory/i);
    expect(existsSync(join(bundle.path, 'ran'))).toBe(false);
  });
});

describe('run.oci.hooks.stdout and stderr', () => {
  test('are files that only their owner can read, whatever the umask', () => {
    const out = join(makeTemporary(), 'out');
    const tsrun = newTsrun();
    const bundle = annotated(
      { 'run.oci.hooks.stdout': out },
      {
        args: ['/probe', 'true'],
        mutate: (spec) => {
          spec.hooks = { createRuntime: [{ path: '/bin/true' }] };
        },
      },
    );
    expect(tsrun.callFrom('umask 0; exec "$@"', ['run', '-b', bundle.path, tsrun.newId()]).status).toBe(0);
    expect((statSync(out).mode & 0o7777).toString(8)).toBe('600');
  });

  test('may be the streams of the caller', () => {
    const annotations = { 'run.oci.hooks.stdout': '/dev/stdout', 'run.oci.hooks.stderr': '/dev/stderr' };
    const hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo out; echo err >&2'] }] };
    const { status, stdout, stderr } = runBundle({
      args: ['/probe', 'echo', 'program'],
      mutate: (spec) => Object.assign(spec, { annotations, hooks }),
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'out\nprogram\n', stderr: 'err\n' });
  });

  test('keep the other stream for the message of a hook that fails', () => {
    const out = join(makeTemporary(), 'out');
    const { stderr } = runBundle({
      mutate: (spec) => {
        spec.annotations = { 'run.oci.hooks.stdout': out };
        spec.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo out; echo why >&2; exit 3'] }] };
      },
    });
    expect(stderr).toMatch(/: run the createRuntime hook "\/bin\/sh": exit status 3, output: why\n$/);
    expect(readFileSync(out, 'utf8')).toBe('out\n');
  });

  test('that are a FIFO without a reader are an error, not a wait', () => {
    const directory = makeTemporary();
    const tsrun = newTsrun();
    const fifo = join(directory, 'fifo');
    tsrun.execute('mkfifo', [fifo]);
    const { status, stderr } = runBundle({
      mutate: (spec) => {
        spec.annotations = { 'run.oci.hooks.stderr': fifo };
        spec.hooks = { createRuntime: [{ path: '/bin/true' }] };
      },
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`open "${fifo}" for the output of hooks (annotations["run.oci.hooks.stderr"])`);
  });

  test('leave a created container nothing of the host open, unless a startContainer hook needs it', () => {
    const out = join(makeTemporary(), 'out');
    const openOf = (kind: 'createContainer' | 'startContainer') => {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      const hook = kind === 'startContainer' ? { path: '/probe', args: ['probe', 'true'] } : { path: '/bin/true' };
      const bundle = annotated(
        { 'run.oci.hooks.stdout': out },
        {
          args: SLEEP,
          mutate: (spec) => {
            spec.hooks = { [kind]: [hook] };
          },
        },
      );
      tsrun.must(['create', '-b', bundle.path, id]);
      const { stdout: before } = tsrun.execute('find', [`/proc/${tsrun.state(id)?.pid}/fd`, '-lname', out]);
      tsrun.must(['start', id]);
      const { stdout: after } = tsrun.execute('find', [`/proc/${tsrun.state(id)?.pid}/fd`, '-lname', out]);
      return [before !== '', after !== ''];
    };
    expect(openOf('createContainer')).toEqual([false, false]);
    expect(openOf('startContainer')).toEqual([true, false]);
  });

  test('that poststop hooks cannot have are a warning: the hooks run, and the container is gone', () => {
    const directory = makeTemporary();
    mkdirSync(join(directory, 'logs'));
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = annotated(
      { 'run.oci.hooks.stdout': join(directory, 'logs/out') },
      {
        args: SLEEP,
        mutate: (spec, { path }) => {
          spec.hooks = { poststop: [{ path: '/bin/touch', args: ['touch', join(path, 'ran')] }] };
        },
      },
    );
    tsrun.must(['create', '-b', bundle.path, id]);
    rmSync(join(directory, 'logs'), { recursive: true });
    const { status, stderr } = tsrun.call(['delete', '--force', id]);
    expect(stderr).toMatch(/^tsrun: warning: open ".*\/logs\/out" for the output of hooks .*\(ENOENT\)\n$/);
    expect(status).toBe(0);
    expect(existsSync(join(bundle.path, 'ran'))).toBe(true);
    expect(tsrun.leftovers()).toEqual([]);
  });
});

describe.each(RUNTIMES)('run.oci.pidfd_receiver with %s', (_name, newRuntime) => {
  test('gets one message, a space, with a pidfd of init', async () => {
    const listener = await receivePidfd();
    const runtime = newRuntime();
    const id = runtime.newId();
    const pidFile = join(makeTemporary(), 'pid');
    const bundle = annotated({ 'run.oci.pidfd_receiver': listener.address }, { args: SLEEP });
    runtime.must(['create', '--pid-file', pidFile, '--bundle', bundle.path, id]);
    expect(await listener.ended).toBe(0);
    expect(listener.messages()).toEqual([{ text: ' ', pids: [Number(readFileSync(pidFile, 'utf8'))] }]);
  });
});

describe('run.oci.pidfd_receiver', () => {
  test('that is not there ends create', () => {
    const tsrun = newTsrun();
    const bundle = annotated({ 'run.oci.pidfd_receiver': '/nonexistent.sock' }, { args: SLEEP });
    const { status, stderr } = tsrun.call(['create', '--bundle', bundle.path, tsrun.newId()]);
    expect(status).toBe(1);
    expect(stderr).toContain('send a pidfd of init to the socket "/nonexistent.sock"');
    expect(tsrun.leftovers()).toEqual([]);
  });
});

// struct sock_filter, by linux/filter.h.
const statement = (code: number, ifTrue: number, ifFalse: number, value: number): number[] => [
  ...[code, 0, ifTrue, ifFalse],
  ...[0, 8, 16, 24].map((shift) => (value >>> shift) & 255),
];
const ALLOW = statement(0x06, 0, 0, 0x7fff0000);
/** Answers the call of this number by `answer`, and allows all others. */
const answering = (number: string, answer: number): string =>
  Buffer.from([
    ...statement(0x20, 0, 0, 0),
    ...statement(0x15, 0, 1, Number(number)),
    ...statement(0x06, 0, 0, answer),
    ...ALLOW,
  ]).toString('base64');
const E2BIG = 7;
const GETPPID = numberOf('getppid');
const REFUSING = answering(GETPPID, 0x00050000 | E2BIG);

describe.each(RUNTIMES)('run.oci.seccomp_bpf_data with %s', (_name, newRuntime) => {
  const run = (mutate: (spec: SpecDraft) => void) => {
    const runtime = newRuntime();
    const annotations = { 'run.oci.seccomp_bpf_data': REFUSING };
    const bundle = annotated(annotations, { args: ['/probe', 'call', GETPPID], mutate });
    return runtime.must(['run', '--bundle', bundle.path, runtime.newId()]).stdout;
  };

  test.each([true, false])('is the filter of the program with noNewPrivileges %s', (noNewPrivileges) => {
    const answer = run((spec) => {
      spec.process.noNewPrivileges = noNewPrivileges;
    });
    expect(answer).toBe('E2BIG\n');
  });

  test('takes the place of linux.seccomp', () => {
    const answer = run((spec) => {
      spec.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['write', 'exit_group', 'execve'], action: 'SCMP_ACT_KILL_PROCESS' }],
      };
    });
    expect(answer).toBe('E2BIG\n');
  });

  test('is that of exec, too', () => {
    const runtime = newRuntime();
    const id = runtime.newId();
    const bundle = annotated({ 'run.oci.seccomp_bpf_data': REFUSING }, { args: SLEEP });
    runtime.must(['run', '--detach', '--bundle', bundle.path, id]);
    expect(runtime.must(['exec', id, '/probe', 'call', GETPPID]).stdout).toBe('E2BIG\n');
  });

  test('that is no program ends create', () => {
    const runtime = newRuntime();
    const bundle = annotated({ 'run.oci.seccomp_bpf_data': '!!!' });
    const { status, stderr } = runtime.call(['create', '--bundle', bundle.path, runtime.newId()]);
    expect(status).toBe(1);
    expect(stderr).not.toBe('');
  });
});

describe('run.oci.seccomp_bpf_data', () => {
  test('has the agent of run.oci.seccomp.receiver where it asks one', async () => {
    const agent = await superviseCalls(GETPPID, E2BIG);
    const tsrun = newTsrun();
    const annotations = {
      'run.oci.seccomp_bpf_data': answering(GETPPID, 0x7fc00000),
      'run.oci.seccomp.receiver': agent.address,
    };
    const bundle = annotated(annotations, { args: ['/probe', 'call', GETPPID] });
    const outcome = await tsrun.spawn(['run', '--bundle', bundle.path, tsrun.newId()]).ended;
    expect(outcome).toMatchObject({ status: 0, stdout: 'E2BIG\n', stderr: '' });
    expect(await agent.ended).toBe(0);
  });

  test('is said to be wrong before anything is done', () => {
    const tsrun = newTsrun();
    const bundle = annotated({ 'run.oci.seccomp_bpf_data': 'AAAA' });
    expect(tsrun.call(['create', '-b', bundle.path, tsrun.newId()]).stderr).toBe(
      'tsrun: invalid config.json: annotations["run.oci.seccomp_bpf_data"]: is no filter of system calls: has 3 bytes, must be whole instructions of 8\n',
    );
    expect(tsrun.leftovers()).toEqual([]);
  });
});

describe('run.oci.seccomp.receiver', () => {
  test('is the agent of linux.seccomp where that names none', async () => {
    const agent = await superviseCalls(GETPPID, E2BIG);
    const tsrun = newTsrun();
    const bundle = annotated(
      { 'run.oci.seccomp.receiver': agent.address },
      {
        args: ['/probe', 'call', GETPPID],
        mutate: (spec) => {
          spec.linux.seccomp = {
            defaultAction: 'SCMP_ACT_ALLOW',
            syscalls: [{ names: ['getppid'], action: 'SCMP_ACT_NOTIFY' }],
          };
        },
      },
    );
    const outcome = await tsrun.spawn(['run', '--bundle', bundle.path, tsrun.newId()]).ended;
    expect(outcome).toMatchObject({ status: 0, stdout: 'E2BIG\n', stderr: '' });
  });
});

describe.each(RUNTIMES)('run.oci.delegate-cgroup with %s', (_name, newRuntime) => {
  const unifiedOf = ({ cgroup }: ProbeReport) => cgroup?.find((line) => line.startsWith('0::'));

  test('is the cgroup of the program, below the root of its cgroup namespace', () => {
    const runtime = newRuntime();
    const bundle = annotated({ 'run.oci.delegate-cgroup': '/payload' });
    const { stdout } = runtime.must(['run', '--bundle', bundle.path, runtime.newId()]);
    expect(unifiedOf(parseReport(stdout))).toBe('0::/payload');
  });

  test('is where exec goes as well', () => {
    const runtime = newRuntime();
    const id = runtime.newId();
    const bundle = annotated({ 'run.oci.delegate-cgroup': 'payload' }, { args: SLEEP });
    runtime.must(['run', '--detach', '--bundle', bundle.path, id]);
    const { stdout } = runtime.must(['exec', id, '/probe', 'report']);
    expect(unifiedOf(parseReport(stdout))).toMatch(_name === 'crun' ? /^0::\// : /^0::\/payload$/);
  });
});

describe('run.oci.delegate-cgroup', () => {
  test('has parents, and is removed with the container', () => {
    const report = runReport((spec) => {
      spec.annotations = { 'run.oci.delegate-cgroup': 'a/b' };
    });
    expect(report.cgroup).toContain('0::/a/b');
  });
});

describe('an annotation of crun', () => {
  test('that would confine the container in another way is refused', () => {
    const { status, stderr } = runBundle({
      mutate: (spec) => {
        spec.annotations = { 'run.oci.handler': 'krun' };
      },
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'tsrun: invalid config.json: annotations["run.oci.handler"]: is not supported: tsrun runs programs itself, and has no handlers\n',
    });
  });

  test('that is misspelled is a warning', () => {
    const { status, stderr } = runBundle({
      args: ['/probe', 'true'],
      mutate: (spec) => {
        spec.annotations = { 'run.oci.hooks.sdtout': '/x' };
      },
    });
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        'tsrun: warning: annotations["run.oci.hooks.sdtout"]: is ignored: tsrun knows no such annotation, did you mean "run.oci.hooks.stdout"?\n',
    });
  });
});
