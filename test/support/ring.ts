// Begins and ends a ring of tests with real containers: nothing that was not there before may be there afterwards, on the whole host.
// What bears the name of another ring that is still at work is that ring's concern.
import { accessSync, constants } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HostState, isAlive, readHostState } from './host.js';
import { PROBE, TSRUN } from './paths.js';

/** What still ends by itself is given this long, in milliseconds; so long, too, the host's init may take to reap. */
const PATIENCE = 20_000;

/** vitest's globalSetup; answers its teardown. */
export default function setup(): () => Promise<void> {
  if (process.geteuid?.() !== 0) throw new Error('tests with real containers need root: this process has none');
  const programs = process.env.OCI_RUNTIME === undefined ? [TSRUN, `${TSRUN}-engine`, PROBE] : [TSRUN, PROBE];
  for (const path of programs) requireProgram(path);
  process.env.TSRUN_TEST_RING ??= String(process.pid);
  const before = readHostState();
  return async () => await assertNothingLeft(before);
}

function requireProgram(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new Error(`"${path}" is missing: "sh scripts/build.sh" and "make -C test/probe" build what the tests run`, {
      cause,
    });
  }
}

async function assertNothingLeft(before: HostState): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const left = compare(before, readHostState());
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      // vitest prints what a teardown throws, and exits with 0 all the same.
      process.exitCode = 1;
      throw new Error(`the tests left something behind:\n${left.join('\n')}`);
    }
    await sleep(100);
  }
}

function compare(before: HostState, after: HostState): string[] {
  return (['mounts', 'cgroups', 'processes', 'directories', 'keyrings'] as const).flatMap((kind) => {
    const known = new Set(before[kind]);
    return after[kind].filter((line) => !known.has(line) && !isOfAnotherRing(line)).map((line) => `  ${kind}: ${line}`);
  });
}

function isOfAnotherRing(line: string): boolean {
  const ring = /test-(\d+)-/.exec(line)?.[1];
  return ring !== undefined && ring !== process.env.TSRUN_TEST_RING && isAlive(ring);
}
