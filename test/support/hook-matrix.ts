// Hooks of every kind in one container, and what each has seen: for every way a container is made, with a user namespace or without.
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Spec } from '../../src/spec/types.js';
import { type Bundle, makeBundle, type SpecDraft, setNamespace } from './bundle.js';
import { isAlive } from './host.js';
import { PROBE } from './paths.js';
import { type ProbeReport, parseReport } from './probe.js';
import { makeTemporary } from './temporary.js';
import { newTsrun, type Tsrun } from './tsrun.js';
import { waitFor } from './wait-for.js';

export const KINDS = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;
export type Kind = (typeof KINDS)[number];
type Hook = NonNullable<NonNullable<Spec['hooks']>['prestart']>[number];

const HOST_ID = 300000;
const BUSYBOX = '/usr/bin/busybox';

/** A directory that every hook can write into, at the same path in the container, and what hooks leave there. */
interface Board {
  readonly path: string;
  readonly read: (name: string) => string;
  readonly has: (name: string) => boolean;
}

function makeBoard(): Board {
  const path = makeTemporary();
  chmodSync(path, 0o777);
  writeFileSync(join(path, 'order'), '');
  chmodSync(join(path, 'order'), 0o666);
  const read = (name: string) => readFileSync(join(path, name), 'utf8');
  return { path, read, has: (name) => existsSync(join(path, name)) };
}

/** A shell script as a hook; busybox is at the same path on the host and in the rootfs. */
export function scriptHook(script: string, timeout?: number): Hook {
  return { path: BUSYBOX, args: ['sh', '-c', script], ...(timeout === undefined ? {} : { timeout }) };
}

function addUserNamespace(spec: SpecDraft): void {
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: HOST_ID, size: 1000 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: HOST_ID, size: 1000 }];
}

/** A bundle that hooks can run in, with the board in its rootfs. */
export function hookBundle(board: Board, userNamespace: boolean, script: string, hooks: Spec['hooks']): Bundle {
  return makeBundle({
    args: [BUSYBOX, 'sh', '-c', script],
    mutate: (spec) => {
      spec.process.cwd = '/work';
      spec.process.env = ['PATH=/usr/bin', 'A=program'];
      spec.annotations = { 'org.example': 'value' };
      spec.mounts.push({ destination: board.path, type: 'bind', source: board.path, options: ['bind'] });
      spec.hooks = hooks ?? {};
      if (userNamespace) addUserNamespace(spec);
    },
    fill: (rootfs) => {
      mkdirSync(join(rootfs, 'usr/bin'), { recursive: true });
      mkdirSync(join(rootfs, 'work'));
      copyFileSync(BUSYBOX, join(rootfs, BUSYBOX));
      // The root of the user namespace makes mount points.
      if (userNamespace) chownSync(rootfs, HOST_ID, HOST_ID);
    },
  });
}

/** What one hook has seen. */
interface Seen {
  readonly state: Record<string, unknown>;
  readonly report: ProbeReport;
}

interface Story {
  readonly order: readonly string[];
  readonly seen: Readonly<Record<Kind, Seen>>;
  readonly bundle: Bundle;
  readonly id: string;
  /** Of init, on the host. */
  readonly pid: number;
}

/** Writes down its state and its turn, then what the probe says about it, beside the environment, which a shell would add to. */
function noteHooks(board: Board, kind: Kind): Hook[] {
  const probe = kind === 'startContainer' ? '/probe' : PROBE;
  const note = `cat >${board.path}/${kind}.state; echo ${kind} >>${board.path}/order`;
  return [scriptHook(note), { path: probe, args: ['probe', 'report'] }];
}

/** Reports come one after the other, each from the beginning of a line. */
function readReports(text: string): ProbeReport[] {
  return text.split(/^(?=\{)/m).map(parseReport);
}

async function tellStory(tsrun: Tsrun, globals: readonly string[], verb: Verb, userNamespace: boolean): Promise<Story> {
  const board = makeBoard();
  const hooks = Object.fromEntries(KINDS.map((kind) => [kind, noteHooks(board, kind)]));
  const program = `echo program >>${board.path}/order; while ! test -e ${board.path}/go; do /usr/bin/busybox sleep 0.05; done`;
  const bundle = hookBundle(board, userNamespace, program, hooks);
  const out = join(board.path, 'reports');
  const config = JSON.parse(readFileSync(bundle.config, 'utf8'));
  config.annotations['run.oci.hooks.stdout'] = out;
  writeFileSync(bundle.config, JSON.stringify(config));
  const id = tsrun.newId();
  const pidFile = join(board.path, 'pid');
  const flags = ['--pid-file', pidFile, '--bundle', bundle.path, id];
  if (verb === 'create and start') {
    tsrun.must([...globals, 'create', ...flags]);
    expect(board.read('order')).toBe('prestart\ncreateRuntime\ncreateContainer\n');
    tsrun.must(['start', id]);
    await finish(tsrun, board, id);
    tsrun.must(['delete', id]);
  } else {
    const running = tsrun.spawn([...globals, 'run', ...flags]);
    await waitFor('the program', () => board.has('poststart.state') && board.read('order').includes('program'));
    writeFileSync(join(board.path, 'go'), '');
    expect(await running.ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
  }
  const reports = readReports(readFileSync(out, 'utf8'));
  const seen = KINDS.map((kind, index) => {
    const report = reports[index];
    if (report === undefined) throw new Error(`no report of ${kind}`);
    return [kind, { state: JSON.parse(board.read(`${kind}.state`)), report }];
  });
  const order = board.read('order').trimEnd().split('\n');
  return { order, seen: Object.fromEntries(seen), bundle, id, pid: Number(readFileSync(pidFile, 'utf8')) };
}

async function finish(tsrun: Tsrun, board: Board, id: string): Promise<void> {
  await waitFor('the program', () => board.read('order').includes('program'));
  writeFileSync(join(board.path, 'go'), '');
  await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
}

type Verb = 'create and start' | 'run';

const IN_CONTAINER: readonly Kind[] = ['createContainer', 'startContainer'];
const STATUS: Readonly<Record<Kind, string>> = {
  prestart: 'creating',
  createRuntime: 'creating',
  createContainer: 'creating',
  startContainer: 'created',
  poststart: 'running',
  poststop: 'stopped',
};

/** The tests of this ring for the cgroup manager that `globals` chooses. */
export function testHooks(manager: string, globals: readonly string[] = []): void {
  describe.each([true, false])(`hooks with ${manager} and a user namespace: %s`, (userNamespace) => {
    describe.each<Verb>(['create and start', 'run'])('by %s', (verb) => {
      test('come in order, know the container, and are where the specification has them', async () => {
        const story = await tellStory(newTsrun(), globals, verb, userNamespace);
        checkOrder(story);
        checkStates(story);
        checkNamespaces(story, userNamespace);
        checkSurroundings(story, userNamespace);
      });
    });

    test.each(KINDS)('of kind %s that fail do what runtime.md says', (kind) => {
      checkFailure(globals, userNamespace, kind);
    });

    test.each(KINDS)('of kind %s that take too long are killed', (kind) => {
      checkTimeout(globals, userNamespace, kind);
    });
  });
}

function checkOrder({ order }: Story): void {
  expect(order.filter((entry) => entry !== 'program')).toEqual([...KINDS]);
  // Which of the program and poststart writes first is not said: both come after startContainer.
  const program = order.indexOf('program');
  expect(program).toBeGreaterThan(order.indexOf('startContainer'));
  expect(program).toBeLessThan(order.indexOf('poststop'));
}

function checkStates({ seen, id, bundle, pid }: Story): void {
  for (const kind of KINDS) {
    const { annotations, ...state } = seen[kind].state;
    const seenPid = kind === 'poststop' ? 0 : IN_CONTAINER.includes(kind) ? 1 : pid;
    expect(state, kind).toEqual({ ociVersion: '1.3.0', id, status: STATUS[kind], pid: seenPid, bundle: bundle.path });
    expect(annotations, kind).toMatchObject({ 'org.example': 'value' });
  }
}

/** All that a container has of its own; without a user namespace that is the host's. */
function checkNamespaces({ seen }: Story, userNamespace: boolean): void {
  const types = ['pid', 'net', 'ipc', 'uts', 'mnt', 'cgroup', 'user'];
  const host = Object.fromEntries(types.map((type) => [type, readlinkSync(`/proc/self/ns/${type}`)]));
  const of = (kind: Kind) => Object.fromEntries(types.map((type) => [type, seen[kind].report.namespaces[type]]));
  for (const kind of KINDS.filter((name) => !IN_CONTAINER.includes(name))) expect(of(kind), kind).toEqual(host);
  expect(of('createContainer')).toEqual(of('startContainer'));
  const foreign = types.filter((type) => of('startContainer')[type] !== host[type]);
  expect(foreign).toEqual(userNamespace ? types : types.filter((type) => type !== 'user'));
}

function checkSurroundings({ seen, bundle }: Story, userNamespace: boolean): void {
  for (const kind of KINDS) {
    const { report } = seen[kind];
    const inside = kind === 'startContainer';
    expect(report.cwd, kind).toBe(inside ? '/work' : bundle.path);
    expect(report.env, kind).toEqual(inside ? ['PATH=/usr/bin', 'A=program'] : []);
    expect(
      report.descriptors.map(({ fd }) => fd),
      kind,
    ).toEqual([0, 1, 2]);
    expect(report.sid, kind).toBe(report.pid);
    expect([report.uid, report.euid], kind).toEqual([0, 0]);
    const mapped = userNamespace && IN_CONTAINER.includes(kind);
    expect(report.uidMap?.[0]?.trim().split(/\s+/), kind).toEqual([
      '0',
      mapped ? String(HOST_ID) : '0',
      mapped ? '1000' : '4294967295',
    ]);
    // What a hook in the container takes counts for the container.
    const own = report.cgroup?.find((line) => line.startsWith('0::'));
    expect(own === '0::/', `${kind} ${own}`).toBe(IN_CONTAINER.includes(kind) || isHostRoot());
  }
}

/** Whether whoever runs these tests is in the root of the tree, so that the line alone says nothing. */
function isHostRoot(): boolean {
  return /^0::\/$/m.test(readFileSync('/proc/self/cgroup', 'utf8'));
}

/** What `run` in the foreground, `create`, `start` and `delete` say of a hook that ends with 3. */
function checkFailure(globals: readonly string[], userNamespace: boolean, kind: Kind): void {
  const tsrun = newTsrun();
  const board = makeBoard();
  const mark = (name: string) => scriptHook(`: >${board.path}/${name}`);
  const hooks = {
    poststop: [mark('poststop')],
    [kind]: [scriptHook('echo why >&2; exit 3'), mark(`after-${kind}`)],
  };
  const bundle = hookBundle(board, userNamespace, `: >${board.path}/program`, hooks);
  const id = tsrun.newId();
  const { status, stderr } = tsrun.call([...globals, 'run', '--bundle', bundle.path, id]);
  const words = `run the ${kind} hook "${BUSYBOX}": exit status 3, output: why`;
  const isWarning = kind === 'poststop';
  expect({ status, stderr }).toEqual({
    status: isWarning ? 0 : 1,
    stderr: isWarning ? `tsrun: warning: ${words}\n` : `tsrun: cannot run container "${id}": ${words}\n`,
  });
  expect({
    program: board.has('program'),
    next: board.has(`after-${kind}`),
    poststop: board.has('poststop'),
    left: tsrun.leftovers(),
  }).toEqual({
    // With poststart the program has begun, and may have come so far.
    program: kind === 'poststart' ? expect.any(Boolean) : isWarning,
    next: isWarning,
    poststop: !isWarning,
    left: [],
  });
}

function checkTimeout(globals: readonly string[], userNamespace: boolean, kind: Kind): void {
  const tsrun = newTsrun();
  const board = makeBoard();
  const wait = `${BUSYBOX} sleep 600 & echo $! >${board.path}/child; wait`;
  const bundle = hookBundle(board, userNamespace, 'exit 0', { [kind]: [scriptHook(wait, 1)] });
  const { status, stderr } = tsrun.call([...globals, 'run', '--bundle', bundle.path, tsrun.newId()]);
  expect(stderr).toContain(`run the ${kind} hook "${BUSYBOX}": hook ran past specified timeout of 1.0s\n`);
  expect(status).toBe(kind === 'poststop' ? 0 : 1);
  expect(tsrun.leftovers()).toEqual([]);
  // In the container it is another's number on the host; there it went with its pid namespace.
  if (!IN_CONTAINER.includes(kind)) expect(isAlive(board.read('child').trim())).toBe(false);
}
