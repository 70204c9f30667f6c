// npm run endurance -- [--count N] [--parallel 8] [--alive M] [--peer]: N containers created, started, killed and deleted, so many at a time, and
// then M of them alive at once. Prints what the machine has before, during and after, and what verbs take beside many containers, with --peer
// those of runc too; exits with 1 if something has grown. Absolute times mean little; the ratios do. Needs root, and a build (npm run build).
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PROJECT = join(dirname(fileURLToPath(import.meta.url)), '..');
const CGROUP2_SUPER_MAGIC = 0x63677270;
/** Containers beside which a verb takes as long as it ever does. */
const FEW = 10;
/** A verb is measured so often, and the median taken. */
const ROUNDS = 15;
/** From so many containers on what the kernel's caches keep of each can be told from what they do anyway: less than this, in bytes; a dentry has 192. */
const ENOUGH = 1000;
const KEPT_OF_EACH = 1024;
const SLAB = 'slab, kB';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    parallel: { type: 'string', default: '8' },
    alive: { type: 'string', default: '1000' },
    peer: { type: 'boolean', default: false },
  },
});
const [count, parallel, alive] = [values.count, values.parallel, values.alive].map(Number);
if (![count, parallel, alive].every((number) => Number.isSafeInteger(number) && number > 0)) {
  throw new Error('--count, --parallel and --alive are numbers from 1');
}

const work = mkdtempSync(join(tmpdir(), `tsrun-test-${process.env.TSRUN_TEST_RING ?? process.pid}-`));
const prefix = `test-${process.env.TSRUN_TEST_RING ?? process.pid}-endurance`;
const bundle = makeBundle();
const cgroupRoot = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find(
  (path) => existsSync(path) && statfsSync(path).type === CGROUP2_SUPER_MAGIC,
);
const runtimes = [
  { name: 'tsrun', path: join(PROJECT, 'bin', 'tsrun') },
  ...(values.peer && existsSync('/usr/sbin/runc') ? [{ name: 'runc', path: '/usr/sbin/runc' }] : []),
].map((runtime) => ({ ...runtime, root: join(work, runtime.name) }));
const [tsrun] = runtimes;

function makeBundle() {
  const path = join(work, 'bundle');
  mkdirSync(join(path, 'rootfs'), { recursive: true });
  copyFileSync(join(PROJECT, 'test', 'probe', 'probe'), join(path, 'rootfs', 'probe'));
  const config = JSON.parse(readFileSync(join(PROJECT, 'bundles', 'shell', 'config.json'), 'utf8'));
  config.ociVersion = '1.0.2';
  Object.assign(config.process, { args: ['/probe', 'sleep', '100000'], terminal: false, cwd: '/' });
  writeFileSync(join(path, 'config.json'), JSON.stringify(config));
  return path;
}

const LOG = join(work, 'log');

/** Standard output and error are a file: a container keeps a pipe open. */
function call({ path, root }, ...args) {
  return new Promise((resolve, reject) => {
    const log = openSync(LOG, 'a');
    const child = spawn(path, ['--root', root, ...args], { stdio: ['ignore', log, log] });
    closeSync(log);
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(`${args.join(' ')}: status ${status ?? signal}: ${readFileSync(LOG, 'utf8').slice(-500)}`));
    });
  });
}

async function live(runtime, id) {
  await call(runtime, 'create', '--bundle', bundle, id);
  await call(runtime, 'start', id);
  await call(runtime, 'kill', id, 'KILL');
  await call(runtime, 'delete', '--force', id);
}

/** Calls `action` with 0…number-1, `parallel` at a time. */
async function each(number, action) {
  let next = 0;
  const worker = async () => {
    while (next < number) await action(next++);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

const countLines = (path, word) =>
  readFileSync(path, 'latin1')
    .split('\n')
    .filter((line) => line.includes(word)).length;
const countEntries = (path) => (existsSync(path) ? readdirSync(path).length : 0);

function countCgroups(path) {
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return below.filter(({ name }) => name.startsWith(prefix)).length;
}

/** Processes that a runtime or a container of this script is. */
function countProcesses() {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TSRUN_ENDURANCE=${prefix}`);
    } catch {
      return false;
    }
  }).length;
}

/** Of all objects of the kernel, after its caches have given up what nobody uses. */
function readSlab() {
  if (count >= ENOUGH) writeFileSync('/proc/sys/vm/drop_caches', '2');
  return Number(/^Slab: +(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
}

function look() {
  return {
    'descriptors of the caller': countEntries('/proc/self/fd'),
    // Session keyrings bear the ids of their containers.
    keys: countLines('/proc/keys', prefix),
    cgroups: countCgroups(cgroupRoot),
    mounts: countLines('/proc/self/mountinfo', work),
    processes: countProcesses(),
    'entries of the state root': countEntries(tsrun.root),
    [SLAB]: readSlab(),
  };
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The kernel takes its moment for what was removed: cgroups and namespaces are freed later, keys by its own garbage collection. */
async function settle(before) {
  for (let attempt = 0; ; attempt++) {
    const seen = look();
    if (attempt === 50 || grown(before, seen).length === 0) return seen;
    await sleep(200);
  }
}

/** Names of what there is more of. */
function grown(before, after) {
  return Object.keys(before).filter((name) => name !== SLAB && after[name] > before[name]);
}

/** In the second half: what the first needed once is there by then. */
function hasSlabGrown(half, after) {
  return count >= ENOUGH && after[SLAB] - half[SLAB] > ((count / 2) * KEPT_OF_EACH) / 1024;
}

function printTable(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  for (const row of all) {
    console.log(
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
    );
  }
  console.log('');
}

async function endure() {
  // What is made once, by the first: the state root, caches, modules of the kernel.
  await each(Math.min(count, 4 * parallel), (index) => live(tsrun, `${prefix}-warm-${index}`));
  const begun = performance.now();
  const before = await settle(look());
  await each(Math.ceil(count / 2), (index) => live(tsrun, `${prefix}-${index}`));
  const half = await settle(before);
  await each(Math.floor(count / 2), (index) => live(tsrun, `${prefix}-${index}`));
  const after = await settle(before);
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `${count} containers created, started, killed and deleted, ${parallel} at a time: ${seconds.toFixed(0)} s`,
  );
  printTable(
    ['', 'before', 'half way', 'after'],
    Object.keys(before).map((name) => [name, before[name], half[name], after[name]]),
  );
  return [...grown(before, after), ...(hasSlabGrown(half, after) ? [SLAB] : [])];
}

/** What is measured, of a container that is one of many. */
const VERBS = {
  list: async (runtime) => await time(runtime, 'list', '--quiet'),
  state: async (runtime, id) => await time(runtime, 'state', id),
  exec: async (runtime, id) => await time(runtime, 'exec', id, '/probe', 'true'),
  'kill, of signal 0': async (runtime, id) => await time(runtime, 'kill', id, '0'),
  create: async (runtime, id) => {
    const taken = await time(runtime, 'create', '--bundle', bundle, `${id}-more`);
    await call(runtime, 'delete', '--force', `${id}-more`);
    return taken;
  },
  start: async (runtime, id) => {
    await call(runtime, 'create', '--bundle', bundle, `${id}-more`);
    const taken = await time(runtime, 'start', `${id}-more`);
    await call(runtime, 'delete', '--force', `${id}-more`);
    return taken;
  },
};

async function time(runtime, ...args) {
  const begun = performance.now();
  await call(runtime, ...args);
  return performance.now() - begun;
}

async function measure(runtime, id) {
  const medians = {};
  for (const [verb, action] of Object.entries(VERBS)) {
    const taken = [];
    for (let round = 0; round < ROUNDS; round++) taken.push(await action(runtime, id));
    medians[verb] = taken.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
  }
  return medians;
}

async function crowd(runtime) {
  const few = Math.min(FEW, alive);
  const make = async (index) => await call(runtime, 'run', '--detach', '--bundle', bundle, `${prefix}-${index}`);
  await each(few, make);
  const beside = { few: await measure(runtime, `${prefix}-0`) };
  await each(alive - few, async (index) => await make(index + few));
  beside.many = await measure(runtime, `${prefix}-0`);
  await each(alive, async (index) => await call(runtime, 'delete', '--force', `${prefix}-${index}`));
  return beside;
}

async function compareCrowds() {
  const beside = [];
  for (const runtime of runtimes) beside.push({ ...runtime, ...(await crowd(runtime)) });
  console.log(`medians in ms beside ${Math.min(FEW, alive)} and ${alive} containers that are alive, and their ratio`);
  const head = ['', ...beside.flatMap(({ name }) => [name, '', ''])];
  const rows = Object.keys(VERBS).map((verb) => [
    verb,
    ...beside.flatMap(({ few, many }) => [
      few[verb].toFixed(1),
      many[verb].toFixed(1),
      (many[verb] / few[verb]).toFixed(2),
    ]),
  ]);
  printTable(head, rows);
}

/** By force, whatever has come of the rest. */
function cleanUp() {
  for (const { path, root } of runtimes) {
    for (const id of existsSync(root) ? readdirSync(root) : []) {
      if (!id.startsWith('.')) spawnSync(path, ['--root', root, 'delete', '--force', id], { stdio: 'ignore' });
    }
  }
  rmSync(work, { recursive: true, force: true });
}

process.env.TSRUN_ENDURANCE = prefix;
try {
  const more = await endure();
  await compareCrowds();
  if (more.length > 0) console.log(`more than before: ${more.join(', ')}`);
  process.exitCode = more.length > 0 ? 1 : 0;
} finally {
  cleanUp();
}
