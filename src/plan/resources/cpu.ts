// linux.resources.cpu, its times and shares: config-linux.md, "CPU". Which CPUs there are to run on is in cpuset.ts.

import type { CPU } from '../../spec/types.js';
import { isGiven, limitText, makeSetting, RESOURCES } from './make-setting.js';
import type { CgroupSetting } from './settings.js';

const PATH = `${RESOURCES}.cpu`;

/** cgroup-v2.rst, "CPU Interface Files": what a new cgroup has, in microseconds and as a weight. */
const DEFAULT_PERIOD = '100000';
const DEFAULT_WEIGHT = 100;

/** cpu.idle comes first: the kernel refuses a weight while a cgroup is idle. */
export function compileCpu(cpu: CPU, before?: ReadonlyMap<string, string>): CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  if (cpu.idle !== undefined) {
    settings.push(makeSetting(`${PATH}.idle`, 'cpu.idle', String(cpu.idle), !isGiven(cpu.idle)));
  }
  if (isGiven(cpu.shares)) {
    const weight = cpuWeight(cpu.shares);
    settings.push(makeSetting(`${PATH}.shares`, 'cpu.weight', String(weight), weight === DEFAULT_WEIGHT));
  }
  return [...settings, ...compileBandwidth(cpu, before)];
}

/**
 * The weight of cgroup v2 for the shares of v1; 0, not set, stays 0. The curve is runc's: smallest (2), default (1024) and largest
 * (262144) shares become smallest (1), default (100) and largest (10000) weight. What is beyond is taken as the nearest, as in v1.
 */
export function cpuWeight(shares: number | bigint): number {
  if (!isGiven(shares)) {
    return 0;
  }
  const exponent = Math.log2(Math.min(Math.max(Number(shares), 2), 262144));
  const weight = 10 ** ((exponent * exponent + 125 * exponent) / 612 - 7 / 34);
  // Only 2, 1024 and 262144 give a whole number; the others miss one by 2e-6 at least. So an engine's last digit cannot make 101 of 100.
  return Math.ceil(weight - 1e-9);
}

/** At any moment the kernel wants burst to be at most the quota, so which of the two is written first depends on the quota in force. */
function compileBandwidth(cpu: CPU, before?: ReadonlyMap<string, string>): CgroupSetting[] {
  const present = parseCpuMax(before?.get('cpu.max'));
  const max = compileMax(cpu, present);
  if (cpu.burst === undefined) {
    return max;
  }
  const burst = makeSetting(`${PATH}.burst`, 'cpu.max.burst', String(cpu.burst), !isGiven(cpu.burst));
  const fitsNow = present.quota === 'max' || BigInt(cpu.burst) <= BigInt(present.quota);
  return fitsNow ? [burst, ...max] : [...max, burst];
}

interface CpuMax {
  /** Microseconds, or `max`. */
  readonly quota: string;
  readonly period: string;
}

function parseCpuMax(text = ''): CpuMax {
  const [, quota, period] = /^(max|\d+) (\d+)$/.exec(text.trim()) ?? [];
  return { quota: quota ?? 'max', period: period ?? DEFAULT_PERIOD };
}

/** Of quota and period the one that is absent stays as it is; beside the other, 0 is the default, as in runc. */
function compileMax({ quota, period }: CPU, present: CpuMax): CgroupSetting[] {
  if (!isGiven(quota) && !isGiven(period)) {
    return [];
  }
  const newQuota = quota === undefined ? present.quota : isGiven(quota) ? limitText(quota) : 'max';
  const newPeriod = period === undefined ? present.period : isGiven(period) ? String(period) : DEFAULT_PERIOD;
  const path = isGiven(quota) ? `${PATH}.quota` : `${PATH}.period`;
  // Without a quota no time is limited, whatever the period.
  return [makeSetting(path, 'cpu.max', `${newQuota} ${newPeriod}`, newQuota === 'max')];
}
