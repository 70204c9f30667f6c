// The flags of tsrun update, as linux.resources.
import { type Resources, TsrunError } from '../index.js';
import type { FlagValues } from './flags.js';

/** Limits, or the path of the document that has them (`-`: standard input). */
export type UpdateRequest = { readonly schemata: readonly string[] } & (
  | { readonly document: string }
  | { readonly document?: undefined; readonly resources: Resources }
);

type Read = (text: string, flag: string) => number | bigint | string;

/** Where each flag goes in linux.resources, and how its text is read. */
const FIELDS: readonly (readonly [flag: string, topic: string, field: string, read: Read])[] = [
  ['memory', 'memory', 'limit', readBytes],
  ['memory-reservation', 'memory', 'reservation', readBytes],
  ['memory-swap', 'memory', 'swap', readBytes],
  ['kernel-memory', 'memory', 'kernel', readBytes],
  ['kernel-memory-tcp', 'memory', 'kernelTCP', readBytes],
  ['cpu-period', 'cpu', 'period', readInteger],
  ['cpu-quota', 'cpu', 'quota', readInteger],
  ['cpu-burst', 'cpu', 'burst', readInteger],
  ['cpu-share', 'cpu', 'shares', readInteger],
  ['cpu-idle', 'cpu', 'idle', readInteger],
  ['cpu-rt-period', 'cpu', 'realtimePeriod', readInteger],
  ['cpu-rt-runtime', 'cpu', 'realtimeRuntime', readInteger],
  ['cpuset-cpus', 'cpu', 'cpus', (text) => text],
  ['cpuset-mems', 'cpu', 'mems', (text) => text],
  ['pids-limit', 'pids', 'limit', readInteger],
  ['blkio-weight', 'blockIO', 'weight', readInteger],
];

/**
 * What the flags ask for; an empty value is as none. What a value has to be is checked later, with the merged limits.
 * @throws TsrunError USAGE.
 */
export function readUpdateFlags(values: FlagValues): UpdateRequest {
  const given = FIELDS.filter(([flag]) => typeof values[flag] === 'string' && values[flag] !== '');
  const schemata = SCHEMATA.flatMap(([flag, ...form]) => readSchema(values[flag], flag, ...form));
  if (typeof values.resources === 'string' && values.resources !== '') {
    const other = given[0];
    if (other !== undefined) throw new TsrunError('USAGE', `cannot use both --resources and --${other[0]}`);
    return { document: values.resources, schemata };
  }
  if (given.length === 0 && schemata.length === 0) {
    throw new TsrunError('USAGE', 'nothing to update: no limit is given', {
      hint: '"tsrun update --help" shows what there is',
    });
  }
  return { resources: buildChange(given, values), schemata };
}

function buildChange(given: typeof FIELDS, values: FlagValues): Resources {
  const topics: Record<string, Record<string, unknown>> = {};
  for (const [flag, topic, field, read] of given) {
    const fields = topics[topic] ?? {};
    fields[field] = read(String(values[flag]), flag);
    topics[topic] = fields;
  }
  return topics as Resources;
}

/** Lines of resctrl: their flag, what each line is like, and that in words. */
const SCHEMATA: readonly (readonly [flag: string, form: RegExp, words: string])[] = [
  ['l3-cache-schema', /^L3(?:CODE|DATA)?:\S+$/, '"L3:0=7f0;1=1f"'],
  ['mem-bw-schema', /^MB:\S+$/, '"MB:0=20;1=70"'],
];

/** With code and data prioritization there are two lines for a cache. */
function readSchema(value: unknown, flag: string, form: RegExp, words: string): string[] {
  const lines = typeof value === 'string' ? value.split('\n').filter((line) => line !== '') : [];
  const wrong = lines.find((line) => !form.test(line));
  if (wrong === undefined) return lines;
  throw new TsrunError('USAGE', `invalid value of --${flag} ${JSON.stringify(wrong)}: must be such as ${words}`);
}

function readInteger(text: string, flag: string): number | bigint {
  if (/^-?\d{1,20}$/.test(text)) return exact(BigInt(text));
  throw new TsrunError('USAGE', `invalid value of --${flag} ${JSON.stringify(text)}: must be an integer`);
}

const UNITS = ['', 'k', 'm', 'g', 't', 'p'];

/** Docker's notation: `512m`, `1.5g`, `64KiB`, `-1`; units are powers of 1024. */
function readBytes(text: string, flag: string): number | bigint {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text);
  if (text === '-1') return -1;
  if (!match) {
    throw new TsrunError(
      'USAGE',
      `invalid value of --${flag} ${JSON.stringify(text)}: must be bytes, such as 512m, or -1`,
    );
  }
  const scale = 1024n ** BigInt(UNITS.indexOf((match[2] ?? '').toLowerCase()));
  const [whole = '0', fraction = ''] = (match[1] ?? '').split('.');
  return exact(BigInt(whole) * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length));
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
