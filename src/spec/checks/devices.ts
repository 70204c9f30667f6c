// linux.devices: config-linux.md, "Devices". Rules of access to devices are in resources.ts.

import type { SpecProblem } from '../../base/errors.js';
import { cleanPath } from '../lexical-path.js';
import type { Device, Spec } from '../types.js';

/** makedev(3) on Linux: 12 bits of major and 20 of minor number. */
const MAX_NUMBER = { major: 4095, minor: 1048575 };

/** Callers copy st_mode of stat(2), which has the file type above the permissions; only the permissions count, but no more is a mode. */
const MAX_MODE = 0o177777;

export function checkDevices(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Map<string, Device>();
  for (const [index, device] of (spec.linux?.devices ?? []).entries()) {
    const path = `linux.devices[${index}]`;
    const place = cleanPath(device.path);
    const other = seen.get(place);
    if (other !== undefined && !isSameNode(device, other)) {
      problems.push({
        path: `${path}.path`,
        message: `found ${JSON.stringify(device.path)} twice with different devices, must be there once`,
      });
    }
    seen.set(place, device);
    if (!device.path.startsWith('/')) {
      problems.push({
        path: `${path}.path`,
        message: `found ${JSON.stringify(device.path)}, must be an absolute path`,
      });
    }
    problems.push(...checkNumbers(device, path));
    if (device.fileMode !== undefined && device.fileMode > MAX_MODE) {
      problems.push({
        path: `${path}.fileMode`,
        message: `found ${device.fileMode}, must be at most ${MAX_MODE} (octal 177777)`,
      });
    }
  }
  return problems;
}

/** Callers list a device once for each time that it was asked for. */
function isSameNode(one: Device, other: Device): boolean {
  const { type, major, minor } = other;
  return one.type === type && (type === 'p' || (one.major === major && one.minor === minor));
}

function checkNumbers(device: Device, path: string): SpecProblem[] {
  if (device.type === 'p') {
    return [];
  }
  const problems: SpecProblem[] = [];
  for (const key of ['major', 'minor'] as const) {
    const number = device[key];
    if (number === undefined) {
      problems.push({ path: `${path}.${key}`, message: `found nothing, must be set for type "${device.type}"` });
    } else if (number < 0 || number > MAX_NUMBER[key]) {
      problems.push({ path: `${path}.${key}`, message: `found ${number}, must be from 0 to ${MAX_NUMBER[key]}` });
    }
  }
  return problems;
}
