// npm run bench: tsrun beside runc and crun on this machine, in one run. Absolute times mean little; the ratios do.
// Prints a table and writes bench/results/latest.json. Needs root. `node bench/bench.mjs --runs N` (default 50).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = join(dirname(fileURLToPath(import.meta.url)), '..');
const runs = Number(process.argv[process.argv.indexOf('--runs') + 1]) || 50;
const MANY = 100;

const work = mkdtempSync('/tmp/tsrun-bench.');
const runtimes = [
  { name: 'tsrun', path: join(project, 'bin/tsrun') },
  { name: 'runc', path: find('runc') },
  { name: 'crun', path: find('crun') },
].map((runtime) => ({ ...runtime, root: join(work, runtime.name), id: `bench-${runtime.name}` }));

function find(command) {
  return execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim();
}

function makeBundle(name, args) {
  const bundle = join(work, name);
  mkdirSync(join(bundle, 'rootfs/bin'), { recursive: true });
  execFileSync('cp', [find('busybox'), join(bundle, 'rootfs/bin/busybox')]);
  for (const program of ['true', 'sleep']) execFileSync('ln', ['-sf', 'busybox', join(bundle, 'rootfs/bin', program)]);
  const config = JSON.parse(readFileSync(join(project, 'bundles/shell/config.json'), 'utf8'));
  config.ociVersion = '1.0.2';
  config.process.args = args;
  config.process.cwd = '/';
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config, null, 2));
  return bundle;
}

const once = makeBundle('true', ['/bin/true']);
const long = makeBundle('sleep', ['/bin/sleep', '100000']);
const documents = { same: join(work, 'process.json'), new: join(work, 'new-process.json') };
writeFileSync(documents.same, JSON.stringify(JSON.parse(readFileSync(join(once, 'config.json'), 'utf8')).process));
/** Another document each time: no runtime has seen it before. */
const writeNewDocument = () => `sh -c "sed s/TERM=xterm/TERM=$(date +%N)/ ${documents.same} > ${documents.new}"`;

function call({ path, root }, ...args) {
  // No pipe: a created container would keep it open, and this would wait for it.
  const result = spawnSync(path, ['--root', root, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) throw new Error(`${path} ${args.join(' ')} failed`);
}

const quote = (...words) => words.map((word) => `'${word}'`).join(' ');
const line = ({ path, root }, ...args) => quote(path, '--root', root, ...args);

/** One measurement of all runtimes by hyperfine: median and standard deviation in milliseconds. */
function measure(name, { command, prepare, conclude }) {
  const json = join(work, `${name}.json`);
  const args = ['-N', '--style', 'none', '--warmup', '5', '--runs', String(runs), '--export-json', json];
  for (const runtime of runtimes) {
    if (prepare) args.push('--prepare', prepare(runtime));
    if (conclude) args.push('--conclude', conclude(runtime));
    args.push('--command-name', runtime.name, command(runtime));
  }
  execFileSync('hyperfine', args, { stdio: 'ignore' });
  const { results } = JSON.parse(readFileSync(json, 'utf8'));
  return Object.fromEntries(results.map((result) => [result.command, round(result.median * 1000)]));
}

const round = (number) => Math.round(number * 100) / 100;

function withContainers(count, start, body) {
  for (const runtime of runtimes) {
    for (let i = 0; i < count; i++) {
      call(runtime, 'create', '--bundle', long, `${runtime.id}-${i}`);
      if (start) call(runtime, 'start', `${runtime.id}-${i}`);
    }
  }
  try {
    return body();
  } finally {
    for (const runtime of runtimes)
      for (let i = 0; i < count; i++) call(runtime, 'delete', '--force', `${runtime.id}-${i}`);
  }
}

/** Resident memory, in KiB, of the runtime's own processes while a container runs in the foreground. */
async function measureMemory(runtime) {
  const child = spawn(runtime.path, ['--root', runtime.root, 'run', '--bundle', long, runtime.id], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]);
  call(runtime, 'kill', runtime.id, 'KILL');
  await ended;
  spawnSync(runtime.path, ['--root', runtime.root, 'delete', '--force', runtime.id], { stdio: 'ignore' });
  return kibibytes;
}

/** crun 1.8 refuses a hybrid host whose v2 tree has a controller: hugetlb, as long as no v1 hierarchy has it. */
function calmCrun() {
  const controllers = '/sys/fs/cgroup/unified/cgroup.controllers';
  if (!existsSync(controllers) || readFileSync(controllers, 'utf8').trim() !== 'hugetlb') return () => {};
  const place = join(work, 'hugetlb');
  mkdirSync(place);
  execFileSync('mount', ['-t', 'cgroup', '-o', 'hugetlb', 'hugetlb', place]);
  return () => execFileSync('umount', [place]);
}

async function benchmark() {
  const force = (runtime) => `sh -c "${line(runtime, 'delete', '--force', runtime.id)} 2>/dev/null || true"`;
  const milliseconds = {
    run: measure('run', { command: (r) => line(r, 'run', '--bundle', once, r.id) }),
    create: measure('create', { prepare: force, command: (r) => line(r, 'create', '--bundle', long, r.id) }),
    start: measure('start', {
      prepare: (r) =>
        `sh -c "${line(r, 'delete', '--force', r.id)} 2>/dev/null; ${line(r, 'create', '--bundle', long, r.id)}"`,
      command: (r) => line(r, 'start', r.id),
    }),
    delete: measure('delete', {
      prepare: (r) =>
        `sh -c "${line(r, 'delete', '--force', r.id)} 2>/dev/null; ${line(r, 'create', '--bundle', long, r.id)}"`,
      command: (r) => line(r, 'delete', '--force', r.id),
    }),
    exec: withContainers(1, true, () => measure('exec', { command: (r) => line(r, 'exec', `${r.id}-0`, '/bin/true') })),
    // As managers call it: a probe, and a program that is called once.
    'exec --process': withContainers(1, true, () =>
      measure('exec-same', { command: (r) => line(r, 'exec', '--process', documents.same, `${r.id}-0`) }),
    ),
    'exec --process, new': withContainers(1, true, () =>
      measure('exec-new', {
        prepare: writeNewDocument,
        command: (r) => line(r, 'exec', '--process', documents.new, `${r.id}-0`),
      }),
    ),
    state: withContainers(1, true, () => measure('state', { command: (r) => line(r, 'state', `${r.id}-0`) })),
    kill: withContainers(1, true, () => measure('kill', { command: (r) => line(r, 'kill', `${r.id}-0`, 'WINCH') })),
    [`list ${MANY}`]: withContainers(MANY, false, () => measure('list', { command: (r) => line(r, 'list') })),
  };
  const kibibytes = {};
  for (const runtime of runtimes) kibibytes[runtime.name] = await measureMemory(runtime);
  return { runs, kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(), milliseconds, kibibytes };
}

function printTable({ milliseconds, kibibytes }) {
  const rows = [...Object.entries(milliseconds), ['memory of run (KiB)', kibibytes]];
  console.log(
    `${`median of ${runs}${' runs, ms'.padEnd(6)}`}`.padEnd(26),
    'tsrun'.padStart(9),
    'runc'.padStart(9),
    'crun'.padStart(9),
    'tsrun/runc'.padStart(12),
    'tsrun/crun'.padStart(12),
  );
  for (const [name, { tsrun, runc, crun }] of rows) {
    const cells = [tsrun, runc, crun].map((value) => String(value).padStart(9));
    const ratios = [tsrun / runc, tsrun / crun].map((value) => value.toFixed(2).padStart(12));
    console.log(name.padEnd(26), ...cells, ...ratios);
  }
}

const calmed = calmCrun();
try {
  const result = await benchmark();
  printTable(result);
  mkdirSync(join(project, 'bench/results'), { recursive: true });
  writeFileSync(join(project, 'bench/results/latest.json'), `${JSON.stringify(result, null, 2)}\n`);
} finally {
  for (const { path, root } of runtimes)
    spawnSync(path, ['--root', root, 'delete', '--force', 'b'], { stdio: 'ignore' });
  calmed();
  rmSync(work, { recursive: true, force: true });
}
