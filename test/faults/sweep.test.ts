// The sweep: every process of every command is killed at its system calls, and these calls fail, each with what the kernel could say. A
// sample of the points, or all of them: npm run faults -- --all.
import { appendFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ALL } from './rig.js';
import { examine, placeOf } from './sweep/examine.js';
import { planOf } from './sweep/expectations.js';
import { choosePlaces, partOf } from './sweep/points.js';
import { type Role, SCENARIOS, type Scenario, titleOf } from './sweep/scenarios.js';
import { SweepRig } from './sweep/sweep-rig.js';

const SAMPLE = { kill: 4, error: 6 };
/** In milliseconds: all points of a process take up to an hour. */
const PATIENCE = ALL || process.env.FAULTS_EVERY ? 4 * 3600_000 : 300_000;

async function newRig(scenario: Scenario): Promise<SweepRig> {
  const rig = new SweepRig(scenario.program, scenario.mutate);
  await scenario.prepare?.(rig);
  if (scenario.verb === 'create') rig.creation = scenario.args(rig);
  return rig;
}

/** The system calls without a fault, and what they led to. */
async function record(rig: SweepRig, scenario: Scenario, role: Role): Promise<string[]> {
  scenario.begin?.(rig);
  const { calls, stdout } = rig.recordOutput(placeOf(rig, scenario, role), scenario.args(rig));
  rig.reference = scenario.verb === 'create' ? planOf(rig) : stdout;
  await rig.expectDeletable('recorded');
  return calls;
}

/** For scripts/faults.mjs, which adds them up. */
function report(scenario: Scenario, role: Role, kind: string, figures: object): void {
  const path = process.env.FAULTS_REPORT;
  if (path) appendFileSync(path, `${JSON.stringify({ title: titleOf(scenario), role, kind, ...figures })}\n`);
}

async function sweep(scenario: Scenario, role: Role, kind: 'kill' | 'error', turn: number): Promise<void> {
  const rig = await newRig(scenario);
  const calls = await record(rig, scenario, role);
  const { first, last } = partOf(role, calls);
  expect(last - first, 'system calls of that process').toBeGreaterThan(1);
  const places = choosePlaces(role, calls, { kind, wanted: SAMPLE[kind] * (scenario.weight ?? 1), turn });
  const problems: string[] = [];
  let hits = 0;
  const begun = performance.now();
  for (const place of places) {
    // Sockets that take terminals are served between points, one connection in each turn; there are up to two in a point.
    for (let served = 0; served < 4; served += 1) await setImmediate();
    const { hit, problem } = await examine(rig, scenario, role, place);
    if (hit) hits += 1;
    if (problem !== null) problems.push(problem);
  }
  const seconds = (performance.now() - begun) / 1000;
  report(scenario, role, kind, { points: places.length, hits, seconds, problems });
  expect(problems).toEqual([]);
  expect(hits, 'points that were hit').toBeGreaterThan(0);
  rig.expectBystanderUntouched();
}

const SUBJECTS = SCENARIOS.flatMap((scenario) =>
  (Object.keys(scenario.processes) as Role[]).map((role) => ({ scenario, role })),
);

for (const [turn, { scenario, role }] of SUBJECTS.entries()) {
  describe(`${titleOf(scenario)}, its ${role}`, () => {
    test(
      'killed at any system call leaves nothing that delete --force does not remove',
      async () => await sweep(scenario, role, 'kill', turn),
      PATIENCE,
    );

    test(
      'of which any system call fails has done what it was asked to, or says in one line why not',
      async () => await sweep(scenario, role, 'error', turn),
      PATIENCE,
    );
  });
}
