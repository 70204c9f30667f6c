// npm run conformance [-- --runtime NAME] [--record]: runs test/specification against tsrun, or another OCI runtime, and compares what it fails
// with test/specification/peers.json. Exits with 1 on a difference; --record writes the difference down, the reasons are for people to add.
//
// It runs in a mount namespace of its own, in which cgroup v2 is the only hierarchy: crun refuses others, and a runtime that takes a wrong
// config.json for a container without namespaces would mount over the host.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const PEERS = join(ROOT, 'test', 'specification', 'peers.json');

/** Part of every name that the tests leave on the host, test/support/temporary.ts. */
const RING = String(process.pid);

const { values } = parseArgs({ options: { runtime: { type: 'string' }, record: { type: 'boolean', default: false } } });

/** The program of a name that the shell would find. */
function findRuntime(name) {
  const path = execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8' }).trim();
  const version = /version:? (\d[\w.]*)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1] ?? '';
  return { name, path, version };
}

/** Runs the ring, and answers vitest's report. */
function runTests(path) {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-conformance-'));
  const report = join(directory, 'report.json');
  const vitest = [
    'node_modules/.bin/vitest',
    'run',
    '--project',
    'specification',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const script = 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"';
  try {
    spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', ...vitest], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, TSRUN_TEST_RING: RING, ...(path === undefined ? {} : { OCI_RUNTIME: path }) },
    });
    return JSON.parse(readFileSync(report, 'utf8'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
    if (path !== undefined) removeLeftovers();
  }
}

/** What a peer leaves behind where it fails a test: processes, cgroups and directories. That tsrun leaves nothing is a test. */
function removeLeftovers() {
  const roots = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].filter((root) => existsSync(join(root, 'cgroup.procs')));
  for (const root of roots) {
    for (const name of readdirSync(root).filter((entry) => entry.startsWith(`test-${RING}-`)))
      removeCgroup(join(root, name));
  }
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(`tsrun-test-${RING}-`))) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function removeCgroup(path) {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  }
  writeFileSync(join(path, 'cgroup.kill'), '1');
  for (let turn = 0; readFileSync(join(path, 'cgroup.procs'), 'utf8') !== '' && turn < 100; turn++) {
    spawnSync('sleep', ['0.05']);
  }
  rmdirSync(path);
}

/** As docs/spec-conformance.md names tests. */
function referenceOf(file, { title }) {
  const name = relative(join(ROOT, 'test'), file).replace(/\.test\.ts$/, '');
  return `${name}: ${title.replace(/ \[[a-z0-9, -]+\]$/, '')}`;
}

function listFailed({ testResults }) {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map((test) => referenceOf(name, test)),
  );
}

const runtime = values.runtime === undefined ? undefined : findRuntime(values.runtime);
const result = runTests(runtime?.path);
if (result.numTotalTests === 0) throw new Error('no test has run');
const failed = listFailed(result);
const peers = JSON.parse(readFileSync(PEERS, 'utf8'));
const known = runtime === undefined ? {} : (peers[runtime.name]?.fails ?? {});
const unexpected = failed.filter((test) => !(test in known));
const passed = Object.keys(known).filter((test) => !failed.includes(test));

if (values.record && runtime !== undefined) {
  const fails = Object.fromEntries([...failed].sort().map((test) => [test, known[test] ?? '']));
  peers[runtime.name] = { version: runtime.version, fails };
  writeFileSync(PEERS, `${JSON.stringify(peers, null, 2)}\n`);
}
for (const test of unexpected) console.log(`fails, and is not known to: ${test}`);
for (const test of passed) console.log(`is known to fail, and passes: ${test}`);
console.log(
  `${runtime?.name ?? 'tsrun'} ${runtime?.version ?? ''}: ${failed.length} of ${result.numTotalTests} fail, ${Object.keys(known).length} of them are known to`,
);
process.exitCode = unexpected.length + passed.length > 0 && !values.record ? 1 : 0;
