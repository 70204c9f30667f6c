// npm run faults -- [--all | --every N] [FILTER]: the sweep of test/faults/sweep.test.ts, and how many of its points were hit. Without --all
// the sample of npm test; with --every N of all points each N-th. FILTER is part of a title, such as "create, its helper". Needs root and a build.
//
// All points take hours: a machine with several of them to spare runs parts of them, by FILTER.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

const { values, positionals } = parseArgs({
  options: { all: { type: 'boolean', default: false }, every: { type: 'string' } },
  allowPositionals: true,
});

function runSweep(report) {
  const filter = positionals.length === 0 ? [] : ['--testNamePattern', positionals.map(escapePattern).join(' ')];
  const command = ['vitest', 'run', '--project', 'faults', 'test/faults/sweep.test.ts', ...filter];
  const faults = {
    FAULTS_REPORT: report,
    ...(values.all ? { FAULTS: 'all' } : {}),
    ...(values.every === undefined ? {} : { FAULTS_EVERY: values.every }),
  };
  const { status } = spawnSync('npx', command, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...faults } });
  return status ?? 1;
}

function escapePattern(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** One line of figures for each process, and their sum. */
function summarize(lines) {
  const rows = lines.map(({ title, role, kind, points, hits, problems, seconds }) => {
    const missed = points - hits;
    return {
      what: `${title}, ${role}`,
      fault: kind,
      points,
      hit: hits,
      'not hit': missed,
      problems: problems.length,
      seconds: Math.round(seconds),
    };
  });
  console.table(rows);
  for (const fault of ['kill', 'error']) {
    const of = rows.filter((row) => row.fault === fault);
    const sum = (column) => of.reduce((total, row) => total + row[column], 0);
    console.log(
      `${fault}: ${sum('points')} points, ${sum('hit')} hit, ${sum('not hit')} not hit, ${sum('problems')} problems, ${sum('seconds')} s`,
    );
  }
}

const directory = mkdtempSync(join(tmpdir(), 'tsrun-faults-'));
try {
  const report = join(directory, 'report');
  process.exitCode = runSweep(report);
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
  summarize(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
