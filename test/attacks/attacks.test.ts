// Every row, in every variant that applies to it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { hashPrograms, listOwnKeys } from './oracle.js';
import { attack } from './rig.js';
import { isRow } from './row.js';
import { ATTACKS } from './rows/index.js';
import { nameVariant, variantsOf } from './variants.js';

let programs: string[];
beforeAll(() => {
  programs = hashPrograms();
});

for (const row of ATTACKS.filter(isRow)) {
  describe(row.id, () => {
    for (const variant of variantsOf(row)) {
      test(`${row.title} [${nameVariant(variant)}]`, async () => await attack(row, variant));
    }
  });
}

afterAll(async () => {
  await waitFor('the keyrings of all containers to be gone', () => listOwnKeys().length === 0);
  expect(hashPrograms(), 'the programs').toEqual(programs);
});
