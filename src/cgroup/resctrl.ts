// What resctrl tells of a container: the schemata of its class, and what its group has used. The keys are those of runc's `events`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoName } from '../host/files.js';
import { readInterfaceFile } from './interface-file.js';

/** Where a container is: a class, and perhaps a monitoring group of its own, both below the mount point. */
export interface ResctrlGroups {
  readonly root: string;
  readonly group: string;
  readonly monitoring: string | null;
}

type Fields = Readonly<Record<string, string | bigint>>;

/** What the processor and the kernel do not have is absent. */
export interface ResctrlStatistics {
  readonly l3_cache_info?: Fields;
  /** The line of the default class, which says what there is in all. */
  readonly l3_cache_schema_root?: string;
  readonly l3_cache_schema?: string;
  readonly mem_bw_info?: Fields;
  readonly mem_bw_schema_root?: string;
  readonly mem_bw_schema?: string;
  /** Of each L3 cache, in bytes: what has been transferred, and what of it from the cache's own node. */
  readonly mbm_stats?: readonly Fields[];
  /** Of each L3 cache, in bytes: what of it is in use. */
  readonly cmt_stats?: readonly Fields[];
}

/** Reads it; empty for a container that has nothing to do with resctrl. */
export function readResctrlStatistics(location: ResctrlGroups | null): ResctrlStatistics {
  if (location === null) return {};
  const { root, group, monitoring } = location;
  const domains = listDomains(join(root, monitoring ?? group, 'mon_data'));
  return {
    ...entry('l3_cache_info', readNumbers(join(root, 'info/L3'), ['min_cbm_bits', 'num_closids'], ['cbm_mask'])),
    ...readSchema(root, '', 'L3', 'l3_cache_schema_root'),
    ...readSchema(root, group, 'L3', 'l3_cache_schema'),
    ...entry(
      'mem_bw_info',
      readNumbers(join(root, 'info/MB'), ['bandwidth_gran', 'delay_linear', 'min_bandwidth', 'num_closids']),
    ),
    ...readSchema(root, '', 'MB', 'mem_bw_schema_root'),
    ...readSchema(root, group, 'MB', 'mem_bw_schema'),
    ...entry('mbm_stats', keepFilled(domains.map((path) => readNumbers(path, ['mbm_total_bytes', 'mbm_local_bytes'])))),
    ...entry('cmt_stats', keepFilled(domains.map((path) => readNumbers(path, ['llc_occupancy'])))),
  };
}

function entry(key: keyof ResctrlStatistics, value: Fields | readonly Fields[]): ResctrlStatistics {
  return Object.keys(value).length === 0 ? {} : { [key]: value };
}

function keepFilled(list: readonly Fields[]): readonly Fields[] {
  return list.some((fields) => Object.keys(fields).length > 0) ? list : [];
}

/** The directories of the L3 caches, in the order of their numbers. */
function listDomains(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.startsWith('mon_L3_'));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    // A kernel or a processor without monitoring, or a group that has just gone.
    if (errnoName(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Counters that the hardware cannot tell at this moment (`Unavailable`, `Error`) are left out. */
function readNumbers(directory: string, numbers: readonly string[], texts: readonly string[] = []): Fields {
  const fields: Record<string, string | bigint> = {};
  for (const name of [...texts, ...numbers]) {
    const text = readInterfaceFile(directory, name)?.trim() ?? '';
    if (texts.includes(name) && text !== '') fields[name] = text;
    else if (/^\d+$/.test(text)) fields[name] = BigInt(text);
  }
  return fields;
}

function readSchema(root: string, group: string, resource: string, key: keyof ResctrlStatistics): ResctrlStatistics {
  const lines = (readInterfaceFile(join(root, group), 'schemata') ?? '').split('\n').map((line) => line.trim());
  const found = lines.find((line) => line.startsWith(`${resource}:`));
  return found === undefined ? {} : { [key]: found };
}
