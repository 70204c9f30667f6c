// What a cgroup v2 has used: its interface files in the words of runc's `events`, whose keys are those of cgroup v1.
import { readdirSync } from 'node:fs';
import {
  type BlockDeviceEntry,
  NO_LIMIT,
  type Pressure,
  parseFlatKeyed,
  parseIoStat,
  parseNumberRanges,
  parsePids,
  parsePressure,
  parseSingleValue,
} from './formats.js';
import { type Cgroup, cgroupDirectory, isAbsence, readInterfaceFile } from './interface-file.js';

/** Absent where the kernel has no pressure stall information. */
interface WithPressure {
  readonly psi?: Pressure;
}

/** Times in nanoseconds. */
export interface CpuStatistics extends WithPressure {
  readonly usage: { readonly total: bigint; readonly kernel: bigint; readonly user: bigint };
  readonly throttling: {
    readonly periods: bigint;
    readonly throttledPeriods: bigint;
    readonly throttledTime: bigint;
  };
}

/** The CPUs and memory nodes that can be used; the flags are those of cgroup v1, and 0. */
export interface CpusetStatistics {
  readonly cpus?: readonly number[];
  readonly cpu_exclusive: number;
  readonly mems?: readonly number[];
  readonly mem_hardwall: number;
  readonly mem_exclusive: number;
  readonly memory_migrate: number;
  readonly memory_spread_page: number;
  readonly memory_spread_slab: number;
  readonly memory_pressure: number;
  readonly sched_load_balance: number;
  readonly sched_relax_domain_level: number;
}

/** Bytes; without a limit `limit` is 2^64-1. */
export interface MemoryEntry {
  readonly limit: bigint;
  readonly usage: bigint;
  /** The most that was ever used; 0 when the kernel does not tell (memory.peak is there since 5.19). */
  readonly max: bigint;
  /** How often the limit stood in the way. */
  readonly failcnt: bigint;
}

export interface MemoryStatistics extends WithPressure {
  /** Bytes of cached files. */
  readonly cache: bigint;
  readonly usage: MemoryEntry;
  /** Memory and swap together, as cgroup v1 counted it; the most ever used of both is not known, and 0. */
  readonly swap: MemoryEntry;
  /** Cgroup v1's: zeros. */
  readonly kernel: MemoryEntry;
  /** Cgroup v1's: zeros. */
  readonly kernelTCP: MemoryEntry;
  /** memory.stat as it is. */
  readonly raw: Readonly<Record<string, bigint>>;
}

export interface BlkioStatistics extends WithPressure {
  readonly ioServiceBytesRecursive: readonly BlockDeviceEntry[];
  readonly ioServicedRecursive: readonly BlockDeviceEntry[];
}

export interface HugetlbStatistics {
  readonly usage: bigint;
  readonly failcnt: bigint;
}

export interface CgroupStatistics {
  readonly cpu: CpuStatistics;
  readonly cpuset: CpusetStatistics;
  readonly memory: MemoryStatistics;
  /** `limit` is 0 without a limit. */
  readonly pids: { readonly current: bigint; readonly limit: bigint };
  readonly blkio: BlkioStatistics;
  /** By size of page, such as `2MB`. */
  readonly hugetlb: Readonly<Record<string, HugetlbStatistics>>;
}

/** Text of an interface file of the cgroup that is read. */
type Read = (name: string) => string | null;

/** The statistics of a cgroup, zero where a controller is not enabled; null when the cgroup is gone. */
export function readStatistics(cgroup: Cgroup): CgroupStatistics | null {
  const directory = cgroupDirectory(cgroup);
  const read: Read = (name) => readInterfaceFile(directory, name);
  const statistics = {
    cpu: readCpu(read),
    cpuset: readCpuset(read),
    memory: readMemory(read),
    pids: readPids(read),
    blkio: readBlkio(read),
    hugetlb: readHugetlb(read, directory),
  };
  // Last: zeros that came from the removal of the cgroup must not be taken for what it has used.
  return read('cgroup.events') === null ? null : statistics;
}

function readPressure(read: Read, name: string): WithPressure {
  const text = read(name);
  return text === null ? {} : { psi: parsePressure(text) };
}

/** Values by key, 0 for a key or file that is not there. */
function readFlatKeyed(read: Read, name: string): (key: string) => bigint {
  const values = parseFlatKeyed(read(name) ?? '');
  return (key) => values.get(key) ?? 0n;
}

function readCpu(read: Read): CpuStatistics {
  const value = readFlatKeyed(read, 'cpu.stat');
  const nanoseconds = (key: string) => value(key) * 1000n;
  return {
    usage: {
      total: nanoseconds('usage_usec'),
      kernel: nanoseconds('system_usec'),
      user: nanoseconds('user_usec'),
    },
    throttling: {
      periods: value('nr_periods'),
      throttledPeriods: value('nr_throttled'),
      throttledTime: nanoseconds('throttled_usec'),
    },
    ...readPressure(read, 'cpu.pressure'),
  };
}

function readCpuset(read: Read): CpusetStatistics {
  const cpus = read('cpuset.cpus.effective');
  const mems = read('cpuset.mems.effective');
  return {
    ...(cpus === null ? {} : { cpus: parseNumberRanges(cpus) }),
    cpu_exclusive: 0,
    ...(mems === null ? {} : { mems: parseNumberRanges(mems) }),
    mem_hardwall: 0,
    mem_exclusive: 0,
    memory_migrate: 0,
    memory_spread_page: 0,
    memory_spread_slab: 0,
    memory_pressure: 0,
    sched_load_balance: 0,
    sched_relax_domain_level: 0,
  };
}

const NO_MEMORY: MemoryEntry = { limit: 0n, usage: 0n, max: 0n, failcnt: 0n };

function readMemory(read: Read): MemoryStatistics {
  const raw = parseFlatKeyed(read('memory.stat') ?? '');
  const usage = readMemoryEntry(read, 'memory');
  return {
    cache: raw.get('file') ?? 0n,
    usage,
    swap: addMemory(usage, readMemoryEntry(read, 'memory.swap')),
    kernel: NO_MEMORY,
    kernelTCP: NO_MEMORY,
    raw: Object.fromEntries(raw),
    ...readPressure(read, 'memory.pressure'),
  };
}

function readMemoryEntry(read: Read, prefix: 'memory' | 'memory.swap'): MemoryEntry {
  const value = (name: string) => parseSingleValue(read(`${prefix}.${name}`) ?? '');
  return {
    limit: value('max'),
    usage: value('current'),
    max: value('peak'),
    failcnt: readFlatKeyed(read, `${prefix}.events`)('max'),
  };
}

/** Memory and swap as one. Without swap accounting (no memory.swap.max) swap is 0 of 0, and what is left is the memory. */
function addMemory(memory: MemoryEntry, swap: MemoryEntry): MemoryEntry {
  const unlimited = memory.limit === NO_LIMIT || swap.limit === NO_LIMIT;
  return {
    limit: unlimited ? NO_LIMIT : memory.limit + swap.limit,
    usage: memory.usage + swap.usage,
    max: 0n,
    failcnt: swap.failcnt,
  };
}

/** Without the pids controller the processes of the cgroup itself are counted, as runc does. */
function readPids(read: Read): CgroupStatistics['pids'] {
  const current = read('pids.current');
  if (current === null) {
    const own = parsePids(read('cgroup.procs') ?? read('cgroup.threads') ?? '');
    return { current: BigInt(own.length), limit: 0n };
  }
  const limit = parseSingleValue(read('pids.max') ?? '');
  return { current: parseSingleValue(current), limit: limit === NO_LIMIT ? 0n : limit };
}

function readBlkio(read: Read): BlkioStatistics {
  const { bytes, operations } = parseIoStat(read('io.stat') ?? '');
  return {
    ioServiceBytesRecursive: bytes,
    ioServicedRecursive: operations,
    ...readPressure(read, 'io.pressure'),
  };
}

/** Reservations count as used, as in runc; kernels before 5.7 do not tell them. Only what is not reserved has events. */
function readHugetlb(read: Read, directory: string): Record<string, HugetlbStatistics> {
  const found: Record<string, HugetlbStatistics> = {};
  for (const size of listHugePageSizes(directory)) {
    const usage = read(`hugetlb.${size}.rsvd.current`) ?? read(`hugetlb.${size}.current`) ?? '';
    found[size] = {
      usage: parseSingleValue(usage),
      failcnt: readFlatKeyed(read, `hugetlb.${size}.events`)('max'),
    };
  }
  return found;
}

function listHugePageSizes(directory: string): string[] {
  try {
    const matches = readdirSync(directory).map((name) => /^hugetlb\.([^.]+)\.current$/.exec(name)?.[1]);
    return matches.filter((size) => size !== undefined).sort();
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}
