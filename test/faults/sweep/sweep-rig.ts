// A rig with another container beside the one that faults happen to, which none of them may touch.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Bundle, SpecDraft } from '../../support/bundle.js';
import { makeBundle } from '../../support/bundle.js';
import { Rig } from '../rig.js';

export class SweepRig extends Rig {
  readonly #bystander = `${this.id}-bystander`;
  readonly #initOfBystander: string;
  /** What tsrun answered without a fault. */
  reference = '';
  /** How a container of this bundle is created: with a terminal it takes more. */
  creation: readonly string[] = this.createArguments();

  constructor(program?: readonly string[], mutate?: (spec: SpecDraft, bundle: Bundle) => void) {
    super(program, mutate);
    const { path } = makeBundle({ args: ['/probe', 'sleep', '3600'] });
    this.tsrun.must(['run', '--detach', '--bundle', path, this.#bystander]);
    this.#initOfBystander = this.#readInit();
  }

  #readInit(): string {
    return readFileSync(join(this.tsrun.root, this.#bystander, 'init'), 'utf8');
  }

  /** It runs on as the process that it was. */
  expectBystanderUntouched(): void {
    expect(this.tsrun.state(this.#bystander)?.status).toBe('running');
    expect(this.#readInit()).toBe(this.#initOfBystander);
  }
}
