// linux.resources.blockIO: config-linux.md, "Block IO".

import type { SpecProblem } from '../../../base/errors.js';
import type { BlockIO, WeightDevice } from '../../types.js';

const PATH = 'linux.resources.blockIO';

const DEVICE_LISTS = [
  'weightDevice',
  'throttleReadBpsDevice',
  'throttleWriteBpsDevice',
  'throttleReadIOPSDevice',
  'throttleWriteIOPSDevice',
] as const;

export function checkBlockIO(blockIO: BlockIO): SpecProblem[] {
  const problems = checkWeight(`${PATH}.weight`, blockIO.weight);
  for (const [index, device] of (blockIO.weightDevice ?? []).entries()) {
    problems.push(...checkWeightDevice(`${PATH}.weightDevice[${index}]`, device));
  }
  for (const key of DEVICE_LISTS) {
    for (const [index, { major, minor }] of (blockIO[key] ?? []).entries()) {
      if (major < 0 || minor < 0) {
        const message = `found ${major}:${minor}, must be the numbers of a block device`;
        problems.push({ path: `${PATH}.${key}[${index}]`, message });
      }
    }
  }
  return problems;
}

/** "You MUST specify at least one of weight or leafWeight". */
function checkWeightDevice(path: string, { weight, leafWeight }: WeightDevice): SpecProblem[] {
  if (weight === undefined && leafWeight === undefined) {
    return [{ path, message: 'found neither weight nor leafWeight, must have one' }];
  }
  return checkWeight(`${path}.weight`, weight);
}

/** 0 is how callers that have no "absent" write it. */
function checkWeight(path: string, weight = 0): SpecProblem[] {
  return weight !== 0 && (weight < 10 || weight > 1000)
    ? [{ path, message: `found ${weight}, must be from 10 to 1000, or 0 for no weight` }]
    : [];
}
