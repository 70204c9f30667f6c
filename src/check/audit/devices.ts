// Devices: which the container has, and which its rules let it use.

import type { Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';

/** Documentation/admin-guide/devices.txt: character devices that are the machine itself. */
const MEMORY: Readonly<Record<string, string>> = {
  '1:1': 'the memory of the machine, /dev/mem',
  '1:2': 'the memory of the kernel, /dev/kmem',
  '1:4': 'the ports of the machine, /dev/port',
};

export function auditDeviceRules({ linux }: Spec): Draft[] {
  return (linux?.resources?.devices ?? []).flatMap((rule, index): Draft[] => {
    const { allow, type = 'a', major, minor, access = 'rwm' } = rule;
    const message = allow && /[rw]/.test(access) ? describeRule(type, toNumber(major), toNumber(minor), access) : null;
    const hint = 'allow the devices that are needed, each by type, major and minor';
    return message === null
      ? []
      : [{ rule: 'audit/device-rule', keys: ['linux', 'resources', 'devices', index], message, hint }];
  });
}

function describeRule(type: string, major: number | null, minor: number | null, access: string): string | null {
  if (type === 'a' || (major === null && minor === null)) {
    return type === 'a'
      ? `every device of the host may be used (${access})`
      : `every ${type === 'b' ? 'block' : 'character'} device of the host may be used (${access})`;
  }
  if (type === 'b') {
    return `disks may be used (${access}): whoever writes a disk, or reads it, needs no file permission`;
  }
  const name = MEMORY[`${major}:${minor}`];
  return name === undefined && !(major === 1 && minor === null)
    ? null
    : `${name ?? MEMORY['1:1']} may be used (${access})`;
}

/** -1 is any, as no number is. */
function toNumber(number: number | bigint | undefined): number | null {
  return number === undefined || number < 0 ? null : Number(number);
}

export function auditDevices({ linux }: Spec): Draft[] {
  return (linux?.devices ?? []).flatMap(({ type, path, major, minor }, index): Draft[] => {
    const isMemory = type !== 'b' && Object.hasOwn(MEMORY, `${major}:${minor}`);
    if (type !== 'b' && !isMemory) {
      return [];
    }
    const what = isMemory ? MEMORY[`${major}:${minor}`] : `a disk, ${major}:${minor}`;
    const hint = 'leave it out; of a disk mount the filesystem instead';
    return [
      {
        rule: 'audit/host-device',
        keys: ['linux', 'devices', index],
        message: `${JSON.stringify(path)} is ${what}`,
        hint,
      },
    ];
  });
}
