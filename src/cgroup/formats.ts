// The formats of cgroup v2's interface files (cgroup-v2.rst, "Interface Files"; psi.rst): text in, values out, without input and output.
// What a line of a newer kernel says in another form is passed over: a statistic that nobody knows yet must not end those that all know.

/** What `max` means where a number could stand: the largest of 64 bits, as runc has it. */
export const NO_LIMIT = 2n ** 64n - 1n;

/** A file of one value, such as memory.current or pids.max; `max` is NO_LIMIT, and 0 what is neither. */
export function parseSingleValue(text: string): bigint {
  const value = text.trim();
  if (value === 'max') return NO_LIMIT;
  return /^\d+$/.test(value) ? BigInt(value) : 0n;
}

/** A file of lines `KEY VALUE`, such as cpu.stat or memory.events, in its order. */
export function parseFlatKeyed(text: string): ReadonlyMap<string, bigint> {
  const values = new Map<string, bigint>();
  for (const line of text.split('\n')) {
    const match = /^(\S+) (\d+|max)$/.exec(line);
    if (match) values.set(match[1] ?? '', parseSingleValue(match[2] ?? ''));
  }
  return values;
}

/** Shares of time in percent over 10, 60 and 300 seconds, and the whole time in microseconds. */
export interface PressureLine {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: bigint;
}

/** Time in which some, or all, processes waited for a resource. */
export interface Pressure {
  readonly some: PressureLine;
  readonly full: PressureLine;
}

/** cpu.pressure, memory.pressure or io.pressure; zero for a line that is not there (the kernel wrote no `full` for cpu before 5.13). */
export function parsePressure(text: string): Pressure {
  return { some: parsePressureLine(text, 'some'), full: parsePressureLine(text, 'full') };
}

function parsePressureLine(text: string, kind: string): PressureLine {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${kind} `)) ?? '';
  const values = new Map(line.split(' ').map((field) => splitOnce(field, '=')));
  const share = (name: string) => Number(values.get(name) ?? 0) || 0;
  return {
    avg10: share('avg10'),
    avg60: share('avg60'),
    avg300: share('avg300'),
    total: parseSingleValue(values.get('total') ?? ''),
  };
}

/** One number of one block device. */
export interface BlockDeviceEntry {
  readonly major: number;
  readonly minor: number;
  readonly op: 'Read' | 'Write';
  readonly value: bigint;
}

export interface BlockIo {
  /** Bytes read and written. */
  readonly bytes: readonly BlockDeviceEntry[];
  /** Numbers of reads and writes. */
  readonly operations: readonly BlockDeviceEntry[];
}

const IO_KEYS: Readonly<Record<string, readonly ['bytes' | 'operations', 'Read' | 'Write']>> = {
  rbytes: ['bytes', 'Read'],
  wbytes: ['bytes', 'Write'],
  rios: ['operations', 'Read'],
  wios: ['operations', 'Write'],
};

/** io.stat, lines `MAJOR:MINOR KEY=VALUE …`; a device that was not used yet may have no values. Discards and costs are not kept. */
export function parseIoStat(text: string): BlockIo {
  const found = { bytes: [] as BlockDeviceEntry[], operations: [] as BlockDeviceEntry[] };
  for (const line of text.split('\n')) {
    const match = /^(\d+):(\d+)((?: \S+)*) ?$/.exec(line);
    for (const field of match?.[3]?.trim().split(' ') ?? []) {
      const [key, value] = splitOnce(field, '=');
      const [kind, op] = Object.hasOwn(IO_KEYS, key) ? (IO_KEYS[key] ?? []) : [];
      if (kind === undefined || op === undefined) continue;
      found[kind].push({ major: Number(match?.[1]), minor: Number(match?.[2]), op, value: parseSingleValue(value) });
    }
  }
  return found;
}

/** A list of CPUs or memory nodes, `0-3,5`, in its order. */
export function parseNumberRanges(text: string): number[] {
  const numbers: number[] = [];
  for (const range of text.trim().split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(range);
    if (!match) continue;
    for (let number = Number(match[1]); number <= Number(match[2] ?? match[1]); number++) numbers.push(number);
  }
  return numbers;
}

/** A file of one number a line, such as cgroup.procs. The kernel writes 0 for a process that is not in the reader's pid namespace. */
export function parsePids(text: string): number[] {
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
