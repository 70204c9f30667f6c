// What must be true after every fault, whatever tsrun was doing: one clear line, a valid state, a delete that leaves nothing, an id that can
// be used again, and none of it takes long.
import { expect } from 'vitest';
import { waitFor } from '../../support/wait-for.js';
import type { FaultyOutcome, Point } from '../rig.js';
import { isInfallible, isOfLibrary, isTolerated } from '../tolerated.js';
import type { Aftermath } from './expectations.js';
import type { Place } from './points.js';
import { type Role, type Scenario, titleOf } from './scenarios.js';
import type { SweepRig } from './sweep-rig.js';

/** In milliseconds: what one command may take, with a fault in it or after one. */
const PATIENCE = 10_000;

export interface Finding {
  readonly hit: boolean;
  /** null: all is as it must be. */
  readonly problem: string | null;
}

/** Lets one fault happen and looks at everything afterwards; the container is gone then. */
export async function examine(
  rig: SweepRig,
  scenario: Scenario,
  role: Role,
  { index, fault }: Place,
): Promise<Finding> {
  scenario.begin?.(rig);
  const begun = performance.now();
  const outcome = rig.inflict({ process: placeOf(rig, scenario, role), index }, fault, scenario.args(rig));
  const took = performance.now() - begun;
  const what = `${titleOf(scenario)}, ${role}, call ${index}, ${outcome.hit}, ${fault === 'kill' ? 'killed' : `errno ${fault}`}`;
  try {
    expect(took, what).toBeLessThan(PATIENCE);
    if (fault === 'kill' || !isInfallible(outcome.hit)) {
      const status = rig.expectValidState(what);
      await expectAftermath(rig, scenario, { what, role, index, fault, outcome, status });
    }
    await expectRemovable(rig, scenario, what);
    return { hit: outcome.hit !== null, problem: null };
  } catch (failure) {
    const said = JSON.stringify({ status: outcome.status, stderr: outcome.stderr });
    cleanUp(rig);
    return { hit: outcome.hit !== null, problem: `${what}: ${said}: ${String(failure)}` };
  }
}

export function placeOf(rig: SweepRig, { processes }: Scenario, role: Role): Point['process'] {
  const place = processes[role] ?? 0;
  return place === 'waiting' ? `pid=${rig.init().pid}` : place;
}

async function expectAftermath(rig: SweepRig, scenario: Scenario, aftermath: Aftermath): Promise<void> {
  const { outcome, role, what } = aftermath;
  expectWords(rig, scenario, aftermath);
  if (outcome.status !== 0) {
    await scenario.failed?.(rig, aftermath);
  } else if (isOfProgramItself(aftermath)) {
    expect(aftermath.status, what).not.toBeNull();
  } else if (scenario.leaves?.test(outcome.stderr)) {
    expect([null, 'stopped'], what).toContain(aftermath.status);
  } else if (mayHaveSucceeded(scenario, aftermath)) {
    await scenario.succeeded(rig, aftermath);
  } else if (scenario.verb === 'create' && role === 'init') {
    // Create had ended before: init cannot go on then, and start will say so. One that goes on has not noticed.
    await waitFor(`init to notice: ${what}`, () => rig.expectValidState(what) === 'stopped');
  } else {
    expect.fail('it succeeded, although this call is not one that may fail');
  }
}

/** What confines a program is either done or an error. */
function mayHaveSucceeded({ confines, tolerates }: Scenario, { role, fault, outcome }: Aftermath): boolean {
  if (confines !== true || typeof fault !== 'number' || ['front', 'engine', 'hook'].includes(role)) return true;
  const isBorneHere = [`${outcome.hit}`, `${role} ${outcome.hit}`].some((call) => Object.hasOwn(tolerates ?? {}, call));
  return isOfLibrary(outcome.hit) || isTolerated(outcome.hit, fault) || isBorneHere;
}

/** Silence of what was killed itself and of what succeeds; otherwise one line, and perhaps a hint. */
function expectWords(rig: SweepRig, scenario: Scenario, aftermath: Aftermath): void {
  const { what, role, fault, outcome } = aftermath;
  if (outcome.status === 0) {
    if (!isOfProgramItself(aftermath)) expect(outcome.stderr, what).toMatch(/^(tsrun: warning: .*\n)*$/);
    return;
  }
  const killed = typeof fault !== 'number' && (role === 'front' || (role === 'helper' && outcome.status === 137));
  if (outcome.stderr === '' && (killed || isOfProgram(scenario, outcome))) return;
  // The C library ends a program in its own words.
  if (isOfLibrary(outcome.hit) && role === 'front') expect(outcome.stderr.split('\n').length, what).toBeLessThan(3);
  else rig.expectWorded(outcome, what);
}

/** Init made a call less this time, so it is its program's, which may have ended of it, in words of its own. */
function isOfProgramItself({ role, outcome }: Aftermath): boolean {
  return role === 'init' && outcome.hit !== null && isOfLibrary(outcome.hit);
}

function isOfProgram({ passesStatus }: Scenario, { status }: FaultyOutcome): boolean {
  return passesStatus === true && status === 137;
}

/** `delete --force` works, and leaves nothing; that the id is as good as new is seen where the next point begins, or else here. */
async function expectRemovable(rig: SweepRig, { begin }: Scenario, what: string): Promise<void> {
  const begun = performance.now();
  await rig.expectDeletable(what);
  expect(performance.now() - begun, what).toBeLessThan(PATIENCE);
  if (begin !== undefined) return;
  expect(rig.call(...rig.creation), what).toMatchObject({ status: 0, stderr: '' });
  expect(rig.call('delete', rig.id), what).toMatchObject({ status: 0, stderr: '' });
  await rig.expectNothingLeft(what);
}

/** So that one finding is not repeated by every point after it. */
function cleanUp(rig: SweepRig): void {
  for (const line of rig.processes()) {
    try {
      process.kill(Number.parseInt(line, 10), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  rig.call('delete', '--force', rig.id);
}
