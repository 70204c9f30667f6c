// tsrun, called by somebody in an unusual condition (caller.c).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TSRUN } from '../support/paths.js';
import type { CallOptions, Outcome } from '../support/tsrun.js';
import type { Rig } from './rig.js';

/** What the words of caller.c bring about. */
export type Condition = readonly (string | number)[];

/** Numbers of getrlimit(2). */
export const RLIMIT = { CPU: 0, FSIZE: 1, STACK: 3, CORE: 4, NPROC: 6, NOFILE: 7, MEMLOCK: 8, AS: 9 } as const;

/** The command line of a caller in these conditions, which executes what comes behind it. */
export function callerOf(rig: Rig, ...conditions: readonly Condition[]): string[] {
  const program = join(rig.directory, 'caller');
  if (!existsSync(program)) {
    const source = join(import.meta.dirname, 'caller.c');
    execFileSync('gcc', ['-std=gnu17', '-O1', '-static', '-Wall', '-Wextra', '-Werror', '-o', program, source]);
  }
  return [program, ...conditions.flat().map(String), '--'];
}

/** Runs tsrun from there to its end. */
export function callAs(
  rig: Rig,
  conditions: readonly Condition[],
  args: readonly string[],
  options: CallOptions = {},
): Outcome {
  const [program = '', ...rest] = callerOf(rig, ...conditions);
  return rig.tsrun.execute(program, [...rest, TSRUN, '--root', rig.tsrun.root, ...args], rig.options(options));
}

let numbers: Map<string, number> | undefined;

/** The number of a system call on this machine. */
export function numberOf(call: string): number {
  if (numbers === undefined) {
    const header = readFileSync('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', 'latin1');
    const found = [...header.matchAll(/^#define __NR_(\w+) (\d+)$/gm)];
    numbers = new Map(found.map(([, name = '', value]) => [name, Number(value)]));
  }
  const number = numbers.get(call);
  if (number === undefined) throw new Error(`no system call is named ${call}`);
  return number;
}

/** System calls that do not exist, or that somebody's filter forbids. */
export function refusing(error: number, ...calls: readonly string[]): Condition {
  return ['refuse', error, calls.map(numberOf).join(',')];
}
