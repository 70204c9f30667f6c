// Cgroup settings as systemd's resource properties, systemd.resource-control(5). They follow from the files that are written: systemd writes every
// file that it has a property for again when it is reloaded, so what file and property say has to be the same.

import { append } from '../../base/append.js';
import type { SpecProblem } from '../../base/errors.js';
import type { CgroupSetting } from '../resources/settings.js';
import { bytesProperty, INFINITY, numberProperty, type Property, stringProperty } from './property.js';

export interface ResourceProperties {
  readonly properties: readonly Property[];
  /** Values that the kernel may understand and systemd cannot be told: the next reload of systemd would lift that limit. */
  readonly problems: readonly SpecProblem[];
}

/** The properties of one file's value, given those so far; a string is what it must be instead. */
type Reader = (value: string, before: ReadonlyMap<string, Property>) => readonly Property[] | string;

/** The files of which systemd has properties. Others, such as io.max of a device, cpu.max.burst, hugetlb.*, it leaves alone unless it is given some. */
const READERS: Readonly<Record<string, Reader>> = {
  'cpu.max': readQuota,
  'cpu.weight': readCpuWeight,
  'cpu.idle': readIdle,
  'cpuset.cpus': (value) => readNumbers('AllowedCPUs', value),
  'cpuset.mems': (value) => readNumbers('AllowedMemoryNodes', value),
  'io.weight': readIoWeight,
  'memory.high': (value) => readBytes('MemoryHigh', value, 1n),
  'memory.low': (value) => readBytes('MemoryLow', value),
  'memory.max': (value) => readBytes('MemoryMax', value, 1n),
  'memory.min': (value) => readBytes('MemoryMin', value),
  'memory.oom.group': readOomGroup,
  'memory.swap.max': (value) => readBytes('MemorySwapMax', value),
  'pids.max': readTasks,
};

/**
 * What systemd (252 or later) has to be told of these settings, each property once; of two settings of one file the later counts, as it is
 * written later.
 */
export function resourceProperties(settings: readonly CgroupSetting[]): ResourceProperties {
  const properties = new Map<string, Property>();
  const problems: SpecProblem[] = [];
  for (const { path, choices } of settings) {
    for (const { file, value } of choices) {
      const read = Object.hasOwn(READERS, file) ? READERS[file] : undefined;
      const found = read?.(value.trim(), properties) ?? [];
      if (typeof found === 'string') {
        problems.push({ path, message: `found ${JSON.stringify(value)}, must be ${found} with --systemd-cgroup` });
        continue;
      }
      for (const property of found) {
        properties.set(property.name, property);
      }
    }
  }
  return { properties: [...properties.values()], problems };
}

/** The period the kernel has where none is given, Documentation/admin-guide/cgroup-v2.rst, cpu.max. */
const DEFAULT_PERIOD = 100_000n;
/** systemd keeps whole percents of a CPU, 10 ms a second: when it is reloaded the rest is cut off, and of less than one percent no limit is left. */
const PERCENT = 10_000n;

/** A quota is rounded up, as in runc: a cgroup inside the container may be given all that the container was promised. */
function readQuota(value: string, before: ReadonlyMap<string, Property>): readonly Property[] | string {
  const match = /^(max|[1-9]\d{0,18})(?:\s+([1-9]\d{0,18}))?$/.exec(value);
  const period = BigInt(match?.[2] ?? before.get('CPUQuotaPeriodUSec')?.values[0] ?? DEFAULT_PERIOD);
  const quota = match?.[1] === 'max' ? null : BigInt(match?.[1] ?? INFINITY);
  const share = quota === null ? INFINITY : ((quota * 100n + period - 1n) / period) * PERCENT;
  if (match === null || share > INFINITY) {
    return 'a quota or "max", and a period, such as "50000 100000"';
  }
  return [numberProperty('CPUQuotaPerSecUSec', share), numberProperty('CPUQuotaPeriodUSec', period)];
}

function readWeight(name: string, value: string): readonly Property[] | string {
  const weight = /^\d{1,5}$/.test(value) ? BigInt(value) : 0n;
  return weight < 1n || weight > 10_000n ? 'a weight from 1 to 10000' : [numberProperty(name, weight)];
}

/** systemd's words: a CPUWeight of 0 is cpu.idle, and the highest number is no weight, the default. */
const IDLE = numberProperty('CPUWeight', 0n);
const NO_WEIGHT = numberProperty('CPUWeight', INFINITY);

/** An idle cgroup has no weight: the kernel refuses one. */
function readCpuWeight(value: string, before: ReadonlyMap<string, Property>): readonly Property[] | string {
  return before.get('CPUWeight') === IDLE ? [] : readWeight('CPUWeight', value);
}

/** A 0 only takes back an idleness: beside a weight it says nothing. systemd has a word for idle since 252. */
function readIdle(value: string, before: ReadonlyMap<string, Property>): readonly Property[] | string {
  if (value !== '0' && value !== '1') {
    return '"0" or "1"';
  }
  const weight = before.get('CPUWeight') ?? IDLE;
  return value === '1' ? [IDLE] : weight === IDLE ? [NO_WEIGHT] : [];
}

/** Only the default has to be told: systemd leaves devices alone that it has no weight for. */
function readIoWeight(value: string): readonly Property[] | string {
  const properties: Property[] = [];
  for (const line of value.split('\n')) {
    if (/^\s*\d+:\d+\s/.test(line)) {
      continue;
    }
    const found = readWeight('IOWeight', line.trim().replace(/^default\s+/, ''));
    if (typeof found === 'string') {
      return found;
    }
    append(properties, found);
  }
  return properties;
}

/** The kernel's memparse(), less the bases that nobody writes. systemd refuses a MemoryMax or MemoryHigh of 0. */
function readBytes(name: string, value: string, minimum = 0n): readonly Property[] | string {
  if (value === 'max') {
    return [numberProperty(name, INFINITY)];
  }
  const match = /^(\d{1,20})([KMGTPE]?)$/i.exec(value);
  const power = match === null ? 0 : ' KMGTPE'.indexOf(match[2]?.toUpperCase() || ' ');
  const bytes = match === null ? INFINITY : BigInt(match[1] as string) << BigInt(10 * power);
  const isBytes = bytes >= minimum && bytes < INFINITY;
  return isBytes
    ? [numberProperty(name, bytes)]
    : `a number of bytes${minimum > 0n ? ` from ${minimum}` : ''} or "max"`;
}

/** TasksMax cannot be 0. */
function readTasks(value: string): readonly Property[] | string {
  const tasks = value === 'max' ? INFINITY : /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
  return tasks < 1n || tasks > INFINITY ? 'a number from 1 or "max"' : [numberProperty('TasksMax', tasks)];
}

/** OOMPolicy=kill is memory.oom.group 1; what `stop` would add, the end of the scope, follows from it. */
function readOomGroup(value: string): readonly Property[] | string {
  if (value !== '0' && value !== '1') {
    return '"0" or "1"';
  }
  return [stringProperty('OOMPolicy', value === '1' ? 'kill' : 'continue')];
}

/** No kernel is built for more CPUs (NR_CPUS), and none has as many memory nodes. */
const MAX_NUMBER = 8191;

/** A list as cpuset(7) has it, as the bits of bytes, the lowest first. An empty list lifts the limit. */
function readNumbers(name: string, value: string): readonly Property[] | string {
  const bytes: number[] = [];
  for (const part of value === '' ? [] : value.split(',')) {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || last > MAX_NUMBER || first > last) {
      return `a list such as "0-3,7" of numbers up to ${MAX_NUMBER}`;
    }
    for (let number = first; number <= last; number += 1) {
      const index = number >> 3;
      while (bytes.length <= index) {
        bytes.push(0);
      }
      bytes[index] = (bytes[index] ?? 0) | (1 << (number & 7));
    }
  }
  return [bytesProperty(name, bytes)];
}
