// npm run attacks [-- --runtime runc|crun] [--quick] [--all]: runs test/attacks against tsrun, or another OCI runtime as a control: the rows that
// name it have to fail with it, or they prove nothing, and no others. --quick: those rows only, in their first variants. --all: the races
// with all tries. Exits with 1 on a difference.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Part of every name that the tests leave on the host, test/support/temporary.ts. */
const RING = String(process.pid);
/** A hostile container may be after it. */
const CORE_PATTERN = '/proc/sys/kernel/core_pattern';
/** Where cgroup v2 may be; and where a path that climbs to /tmp ends with a runtime that cuts off its "..". */
const CGROUPS = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'];
const STRAYS = CGROUPS.map((root) => join(root, 'tmp'));

const { values } = parseArgs({
  options: {
    runtime: { type: 'string' },
    quick: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
  },
});

/** The program of a name that the shell would find. */
function findRuntime(name) {
  const path = execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim();
  const version = /version:? (\d[\w.]*)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1] ?? '';
  return { name, path, version };
}

/** Runs the ring, and answers vitest's report. */
function runTests(runtime) {
  // Not in /tmp, which is another one there.
  const directory = join(ROOT, '.cache', `attacks-${RING}`);
  mkdirSync(directory, { recursive: true });
  const report = join(directory, 'report.json');
  const reporters = [
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(runtime === undefined ? ['--reporter=default'] : []),
  ];
  const files = runtime === undefined ? [] : ['test/attacks/attacks.test.ts'];
  const vitest = ['node_modules/.bin/vitest', 'run', '--project', 'attacks', ...reporters, ...files];
  const environment = {
    TSRUN_TEST_RING: RING,
    // Of a control everything is of interest.
    ...(values.quick ? { ATTACKS: 'quick' } : values.all || runtime !== undefined ? { ATTACKS: 'all' } : {}),
    ...(runtime === undefined ? {} : { OCI_RUNTIME: runtime.path, ATTACKS_CONTROL: runtime.name }),
  };
  const core = readFileSync(CORE_PATTERN, 'utf8');
  const strays = STRAYS.filter((path) => !existsSync(path));
  try {
    spawnSync('sh', ['scripts/attacks.sh', ...vitest], {
      cwd: ROOT,
      // What a peer fails is a table in the end, and no pages of differences.
      stdio: ['ignore', runtime === undefined ? 'inherit' : 'ignore', runtime === undefined ? 'inherit' : 'ignore'],
      env: { ...process.env, ...environment },
    });
    return JSON.parse(readFileSync(report, 'utf8'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
    if (readFileSync(CORE_PATTERN, 'utf8') !== core) writeFileSync(CORE_PATTERN, core);
    if (runtime !== undefined) removeCgroups(strays);
  }
}

/** Its processes have died with the pid namespace. */
function removeCgroups(strays) {
  for (const root of [...CGROUPS, ...STRAYS]) {
    if (!existsSync(join(root, 'cgroup.procs'))) continue;
    for (const name of readdirSync(root)) if (name.startsWith(`test-${RING}-`)) removeCgroup(join(root, name));
  }
  for (const path of strays) if (existsSync(path)) rmdirSync(path);
}

function removeCgroup(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  }
  for (let turn = 0; readFileSync(join(path, 'cgroup.procs'), 'utf8') !== '' && turn < 100; turn++) {
    spawnSync('sleep', ['0.05']);
  }
  rmdirSync(path);
}

/** Rows that have run, each with the variants that failed and the first failure in a line. A title of attacks.test.ts ends in its variant. */
function readRows({ testResults }) {
  const rows = new Map();
  for (const { ancestorTitles, title, status, failureMessages } of testResults.flatMap(
    (file) => file.assertionResults,
  )) {
    const id = ancestorTitles[0];
    if (id === undefined || (status !== 'passed' && status !== 'failed')) continue;
    const row = rows.get(id) ?? { run: 0, failed: [], message: '' };
    row.run += 1;
    if (status === 'failed') row.failed.push(/\[(.*)\]$/.exec(title)?.[1] ?? title);
    if (status === 'failed' && row.message === '') row.message = lineOf(failureMessages[0] ?? '');
    rows.set(id, row);
  }
  return rows;
}

function lineOf(message) {
  return (message.split('\n    at ')[0] ?? '').replace(/\s+/g, ' ').slice(0, 240);
}

const runtime = values.runtime === undefined ? undefined : findRuntime(values.runtime);
const result = runTests(runtime);
if (result.numTotalTests === 0) throw new Error('no test has run');
if (runtime === undefined) {
  process.exitCode = result.success ? 0 : 1;
} else {
  const rows = readRows(result);
  // As attacks.test.ts names them: a row's controls are in the name of its block.
  const names = (id) => /\(fails with ([^)]*)\)$/.exec(id)?.[1].split(', ') ?? [];
  const failing = [...rows].filter(([, { failed }]) => failed.length > 0);
  for (const [id, { run, failed, message }] of failing) {
    console.log(`${id}\n  fails in ${failed.length} of ${run} variants: ${failed.join('; ')}\n  ${message}`);
  }
  const unproven = [...rows].filter(([id, { failed }]) => names(id).includes(runtime.name) && failed.length === 0);
  const unknown = failing.filter(([id]) => !names(id).includes(runtime.name));
  for (const [id] of unproven) console.log(`proves nothing, as ${runtime.name} does not fail it: ${id}`);
  for (const [id] of unknown) console.log(`fails with ${runtime.name}, and is not known to: ${id}`);
  console.log(`${runtime.name} ${runtime.version}: ${failing.length} of ${rows.size} rows fail`);
  process.exitCode = unproven.length + unknown.length > 0 ? 1 : 0;
}
