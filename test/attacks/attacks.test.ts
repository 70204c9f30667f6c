// Every row, in every variant that applies to it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../support/wait-for.js';
import { hashPrograms, listOwnKeys } from './oracle.js';
import { attack } from './rig.js';
import { isRow, type Row } from './row.js';
import { ATTACKS } from './rows/index.js';
import { nameVariant, plainVariantsOf, sampleVariantsOf, variantsOf } from './variants.js';

let programs: string[];
beforeAll(() => {
  programs = hashPrograms();
});

/** As scripts/attacks.mjs reads it. */
function nameRow({ id, controls }: Row): string {
  return controls.length === 0 ? id : `${id} (fails with ${controls.join(', ')})`;
}

/** `ATTACKS=all`: every variant; `ATTACKS=quick`: only what a control (`ATTACKS_CONTROL`) has to fail, and the plainest variants of it. */
const MODE = process.env.ATTACKS;
const chooseVariants = { all: variantsOf, quick: plainVariantsOf }[MODE ?? ''] ?? sampleVariantsOf;
const CONTROL = process.env.ATTACKS_CONTROL;
const rows = ATTACKS.filter(isRow).filter(
  ({ controls }) => MODE !== 'quick' || controls.some((name) => name === CONTROL),
);

for (const row of rows) {
  describe(nameRow(row), () => {
    for (const variant of chooseVariants(row)) {
      test(`${row.title} [${nameVariant(variant)}]`, async () => await attack(row, variant));
    }
  });
}

afterAll(async () => {
  await waitFor('the keyrings of all containers to be gone', () => listOwnKeys().length === 0);
  expect(hashPrograms(), 'the programs').toEqual(programs);
});
