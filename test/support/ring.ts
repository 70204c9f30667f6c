// Begins and ends a ring of tests with real containers: nothing that was not there before may be there afterwards, on the whole host.
// Two rings at once, or other containers that come meanwhile, are therefore found too: a ring wants the host for itself.
import { accessSync, constants } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type HostState, readHostState } from './host.js';
import { PROBE, TSRUN } from './paths.js';

/** What still ends by itself is given this long, in milliseconds. */
const PATIENCE = 10_000;

/** vitest's globalSetup; answers its teardown. */
export default function setup(): () => Promise<void> {
  if (process.geteuid?.() !== 0) throw new Error('tests with real containers need root: this process has none');
  for (const path of [TSRUN, `${TSRUN}-engine`, PROBE]) requireProgram(path);
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
  return (['mounts', 'cgroups', 'processes', 'directories'] as const).flatMap((kind) => {
    const known = new Set(before[kind]);
    return after[kind].filter((line) => !known.has(line)).map((line) => `  ${kind}: ${line}`);
  });
}
