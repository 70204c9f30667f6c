// The front makes the plan of an exec by itself in the plain case, of the template that create has written: it must be the plan that the engine
// would make. `--rootless=auto` is a flag that it leaves to the engine, and changes nothing.
import {
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Process } from '../../src/spec/types.js';
import { type BundleOptions, makeBundle, setNamespace, shareNamespace } from '../support/bundle.js';
import { besideBundle, type Host, startHost } from '../support/exec.js';
import { cgroupRoot } from '../support/host.js';
import { denying, withSeccomp } from '../support/seccomp.js';
import { newTsrun, type Running } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** Who made the plan that a running exec has, and the plan. */
interface Work {
  readonly by: 'front' | 'engine';
  readonly plan: string;
}

const SLEEP = ['/probe', 'sleep', '600'];

/** The front goes on as `@helper` with the plan, or as `@await`, to which the engine gives one. */
function whoMade(pid: number): Work['by'] | undefined {
  const [, role] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return role === '@helper' ? 'front' : role === '@await' ? 'engine' : undefined;
}

/** It is kept nowhere but in memory: the helper holds it to quote it. */
function readPlan(pid: number): string | undefined {
  const files = readdirSync(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`);
  const file = files.find((name) => targetOf(name).startsWith('/memfd:tsrun-plan'));
  return file && readFileSync(file, 'utf8');
}

/** A descriptor may be closed while it is looked at. */
function targetOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

async function workOf({ pid }: Running): Promise<Work> {
  return await waitFor('the plan of an exec', () => {
    const by = whoMade(pid);
    const plan = by && readPlan(pid);
    return by && plan?.includes('\nend\t') ? { by, plan } : undefined;
  });
}

/** The same exec twice: as it is, and by the engine. The processes are killed with the container. */
async function bothWorks(host: Host, flags: readonly string[]) {
  const line = ['exec', ...flags, host.id, ...SLEEP];
  const plain = host.tsrun.spawn(line);
  const engine = host.tsrun.spawn(['--rootless=auto', ...line]);
  return { plain: await workOf(plain), engine: await workOf(engine) };
}

const userNamespace: BundleOptions['mutate'] = (spec, bundle) => {
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
  chownSync(bundle.rootfs, 100_000, 200_000);
};

const BUNDLES: Readonly<Record<string, BundleOptions>> = {
  'that is like most': {},
  'of a user with a home, groups, limits and scheduling': {
    mutate: ({ process }) => {
      process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7], umask: 0o27 };
      process.env.push('HOME=/home', 'ODD=\t\n\\?uid=7');
      process.rlimits = [{ type: 'RLIMIT_FSIZE', soft: 2 ** 40, hard: 2 ** 41 }];
      process.oomScoreAdj = 7;
      process.cwd = '/proc';
      delete process.capabilities;
      process.scheduler = { policy: 'SCHED_BATCH', nice: 3 };
      process.execCPUAffinity = { initial: '0', final: '0' };
    },
    // No number of JavaScript.
    edit: (text) => text.replace(String(2 ** 41), '18446744073709551615'),
  },
  'with a filter': withSeccomp(denying({ names: ['chroot'], action: 'SCMP_ACT_ERRNO' }), { noNewPrivileges: false }),
  'that shares namespaces': {
    mutate: (spec) => {
      shareNamespace(spec, 'pid');
      shareNamespace(spec, 'network');
    },
  },
};

const FLAGS: readonly (readonly string[])[] = [
  [],
  ['--env', 'A=1', '-e', 'B=', '--env=C=x=y\\\t\n', '-e', 'LONGER=1', '-e', 'PAT=H'],
  ['--cwd', '/'],
  ['--cwd=/sys/', '--cwd', '/dev/../proc'],
  ['--user', '0'],
  ['-u', '1234:0'],
  ['--user=1:4294967294', '-e', 'A=1', '--cwd', '/proc'],
];

describe('the front and the engine make one plan of an exec', () => {
  test.each(Object.entries(BUNDLES))('in a container %s', async (_, options) => {
    const host = startHost({ args: SLEEP, ...options });
    for (const flags of [...FLAGS, ['--pid-file', besideBundle(host, 'pid')]]) {
      const { plain, engine } = await bothWorks(host, flags);
      expect({ flags, ...plain }).toEqual({ flags, by: 'front', plan: engine.plan });
      expect(engine.by).toBe('engine');
    }
  });
});

describe('exec by the front', () => {
  test('gives the program its arguments to the letter', () => {
    const args = ['a\tb', 'c\nd', '\\?uid=5', '', '-e', '--', '\\'];
    expect(startHost().exec(['/probe', 'echo', ...args]).stdout).toBe(`${args.join(' ')}\n`);
  });

  test.each([['--detach'], ['-d']])('with %s leaves the program to itself', async (flag) => {
    const host = startHost();
    const file = besideBundle(host, 'pid');
    expect(host.exec(SLEEP, [flag, '--pid-file', file])).toMatchObject({ status: 0, stderr: '' });
    expect(readlinkSync(`/proc/${readFileSync(file, 'utf8')}/exe`)).toBe('/probe');
  });

  test('is possible before the container is started', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '--bundle', makeBundle({ args: SLEEP }).path, id]);
    expect((await workOf(tsrun.spawn(['exec', id, ...SLEEP]))).by).toBe('front');
  });
});

const UNUSUAL: readonly (readonly string[])[] = [
  ['-e', 'TERM=dumb'],
  ['-e', 'A=1', '-e', 'A=2'],
  ['-e', 'PATH=/'],
  ['-e', 'HOME=/'],
  ['-e', 'A=\u00e9'],
  ['--user', 'root'],
  ['--user', '00'],
  ['--cap', 'CAP_KILL'],
  ['--tty'],
  ['--detach=false'],
  ['--pid-file', 'pid'],
  ['--no-new-privs'],
];

describe('exec is left to the engine', () => {
  test('where a flag says what has to be looked at', async () => {
    const host = startHost({ args: SLEEP, fill: addAccounts });
    for (const flags of UNUSUAL) {
      const running = host.tsrun.spawn(['exec', ...flags, host.id, ...SLEEP], { cwd: host.bundle.path });
      expect({ flags, by: (await workOf(running)).by }).toEqual({ flags, by: 'engine' });
    }
  });

  test('where sockets were passed', async () => {
    const { tsrun, id } = startHost();
    const script = 'exec 3</dev/null; LISTEN_FDS=1 exec "$@"';
    expect((await workOf(tsrun.spawnFrom(script, ['exec', id, ...SLEEP]))).by).toBe('engine');
  });

  test('where a user namespace says which ids there are', async () => {
    const host = startHost({ args: SLEEP, mutate: userNamespace });
    const { plain } = await bothWorks(host, []);
    expect(plain.by).toBe('front');
    expect((await bothWorks(host, ['--user', '5'])).plain.by).toBe('engine');
    expect(host.exec(SLEEP, ['--user', '70000'])).toMatchObject({
      status: 255,
      stderr: expect.stringContaining('must be mapped by linux.uidMappings'),
    });
  });

  test('where a warning has to be repeated', () => {
    const host = startHost({
      args: SLEEP,
      mutate: ({ process }) => {
        process.capabilities = { bounding: ['CAP_TO_BE'] };
      },
    });
    expect(host.exec(['/probe', 'exit', '0'])).toMatchObject({ status: 0, stderr: '' });
    expect(host.exec(['/probe', 'exit', '0'], ['-e', 'A=1'])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('CAP_TO_BE'),
    });
  });

  test.each([
    ['missing', (file: string) => rmSync(file)],
    ['torn', (file: string) => truncateSync(file, readFileSync(file).length - 30)],
    [
      'cut at a line',
      (file: string) => writeFileSync(file, readFileSync(file, 'utf8').replace(/section\tstart[\s\S]*/, '')),
    ],
    ['empty', (file: string) => truncateSync(file)],
  ])('where the template is %s', async (_, spoil) => {
    const host = startHost();
    spoil(join(host.tsrun.root, host.id, 'exec'));
    const { plain, engine } = await bothWorks(host, []);
    expect(plain).toEqual(engine);
  });
});

describe('the front and the engine say the same of', () => {
  function bothAnswers(host: Host, args: readonly string[], flags: readonly string[] = []) {
    const line = ['exec', ...flags, host.id, ...args];
    return [host.tsrun.call(line), host.tsrun.call(['--rootless=auto', ...line])];
  }

  const CALLS: readonly [string, readonly string[], readonly string[]][] = [
    ['a program that is not there', ['/nowhere'], []],
    ['a program that is no program', ['/dev'], []],
    ['a directory that is not there', ['/probe', 'exit', '0'], ['--cwd', '/nowhere']],
    ['an exit status', ['/probe', 'exit', '7'], []],
    ['a signal', ['/probe', 'kill-self', '9'], []],
    ['no program', [], []],
    ['an empty name', [''], []],
    ['a variable without a value', ['/probe', 'exit', '0'], ['-e', 'A']],
    ['a relative directory', ['/probe', 'exit', '0'], ['--cwd', 'proc']],
    ['a user that is none', ['/probe', 'exit', '0'], ['--user', '4294967295']],
  ];

  test('whatever comes of a call', () => {
    const host = startHost();
    for (const [what, args, flags] of CALLS) {
      const [plain, engine] = bothAnswers(host, args, flags);
      expect({ what, ...plain }).toEqual({ what, ...engine });
    }
  });

  test('a paused container, and a stopped one', async () => {
    const host = startHost();
    const freezer = join(cgroupRoot(), host.id, 'cgroup.freeze');
    writeFileSync(freezer, '1');
    await waitFor('the freezer', () => host.tsrun.state(host.id)?.status === 'paused');
    const paused = bothAnswers(host, SLEEP);
    expect(paused[0]).toEqual(paused[1]);
    expect(paused[0]).toMatchObject({ status: 255, stderr: expect.stringContaining('in a paused container') });
    writeFileSync(freezer, '0');
    host.tsrun.must(['kill', host.id, 'KILL']);
    await waitFor('its end', () => host.tsrun.state(host.id)?.status === 'stopped');
    const stopped = bothAnswers(host, SLEEP);
    expect(stopped[0]).toEqual(stopped[1]);
    expect(stopped[0]).toMatchObject({ status: 255, stderr: expect.stringContaining('in a stopped container') });
  });
});

/** A process as managers hand it over; the file is not theirs any more when exec has read it. */
function writeDocument(host: Host, changes: Partial<Process> = {}): string {
  const file = besideBundle(host, 'process.json');
  const process = { args: SLEEP, cwd: '/', user: { uid: 5, gid: 6 }, env: ['PATH=/', 'SECRET=42'], ...changes };
  writeFileSync(file, JSON.stringify(process));
  return file;
}

async function workOn(host: Host, file: string, flags: readonly string[] = []): Promise<Work> {
  return await workOf(host.tsrun.spawn(['exec', '--process', file, ...flags, host.id]));
}

/** What is kept of all documents. */
function readKept(host: Host): string {
  const directory = join(host.tsrun.root, host.id);
  const files = readdirSync(directory).filter((name) => /^exec\.\d$/.test(name));
  return files.map((name) => readFileSync(join(directory, name), 'utf8')).join('');
}

/** Until the plan of this document is kept: the engine keeps it when the helper is at work. */
async function repeat(host: Host, file: string): Promise<void> {
  for (const _ of [1, 2]) expect((await workOn(host, file)).by).toBe('engine');
  await waitFor('its plan to be kept', () => readKept(host).includes('tsrun-kept'));
}

describe('a document that comes again', () => {
  test('has the plan that the engine makes, from the third exec on by the front', async () => {
    const host = startHost();
    const file = writeDocument(host);
    await repeat(host, file);
    for (const flags of [[], ['--pid-file', besideBundle(host, 'pid')]]) {
      const engine = host.tsrun.spawn(['--rootless=auto', 'exec', '--process', file, ...flags, host.id]);
      expect(await workOn(host, file, flags)).toEqual({ by: 'front', plan: (await workOf(engine)).plan });
    }
  });

  test('is told from another of its length in the same place', async () => {
    const host = startHost();
    const file = writeDocument(host);
    await repeat(host, file);
    writeDocument(host, { user: { uid: 7, gid: 6 } });
    const { by, plan } = await workOn(host, file);
    expect(by).toBe('engine');
    expect(plan).toContain('set-user\t7\t6\t');
  });

  test('is known by a number and no word of it before it does', async () => {
    const host = startHost();
    await workOn(host, writeDocument(host));
    expect(readKept(host)).toMatch(/^tsrun-seen\t1\t\d+\t[0-9a-f]{16}\n$/);
  });

  test.each<[string, Partial<Process>, readonly string[]]>([
    ['with a flag that changes it', {}, ['--env', 'A=1']],
    ['with a warning', { capabilities: { bounding: ['CAP_TO_BE'] } }, []],
    ['that is larger than any probe', { env: [...'0123'].map((digit) => `A${digit}=${'x'.repeat(64 * 1024)}`) }, []],
  ])('is left to the engine each time %s', async (_, changes, flags) => {
    const host = startHost();
    const file = writeDocument(host, changes);
    for (const _ of [1, 2, 3]) expect((await workOn(host, file, flags)).by).toBe('engine');
    expect(readKept(host)).not.toContain('tsrun-kept');
  });

  test.each([
    ['torn', (text: string) => text.slice(0, -30)],
    ['cut at a line', (text: string) => text.replace(/section\tstart[\s\S]*/, '')],
    ['of another form', (text: string) => text.replace('tsrun-kept\t1', 'tsrun-kept\t2')],
    ['of a document that begins with this one', (text: string) => text.replace(/\t\d+\n/, '\t3\n')],
  ])("is the engine's again where what was kept is %s", async (_, spoil) => {
    const host = startHost();
    const file = writeDocument(host);
    await repeat(host, file);
    const directory = join(host.tsrun.root, host.id);
    const name = readdirSync(directory).find((entry) => /^exec\.\d$/.test(entry)) ?? '';
    writeFileSync(join(directory, name), spoil(readFileSync(join(directory, name), 'utf8')));
    expect((await workOn(host, file)).by).toBe('engine');
  });

  test('has its status, and says what the engine would, where its program is not there', async () => {
    const host = startHost();
    const file = writeDocument(host, { args: ['/nowhere'] });
    const call = () => host.tsrun.call(['exec', '--process', file, host.id]);
    const first = call();
    expect(first).toMatchObject({ status: 255, stderr: expect.stringContaining('/nowhere') });
    call();
    await waitFor('its plan to be kept', () => readKept(host).includes('tsrun-kept'));
    expect(call()).toEqual(first);
  });
});

function addAccounts(rootfs: string): void {
  mkdirSync(join(rootfs, 'etc'));
  writeFileSync(join(rootfs, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
  writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:\n');
}
