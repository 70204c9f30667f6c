// linux.resources.devices as the eBPF program that the kernel runs at each mknod(2) and open(2) of a device in the container's cgroup.
// The program is exact: of every access bit that is asked for, the last rule that names the device and the bit decides.

import type { DeviceRule } from '../spec/types.js';
import { addProblem, type CompileContext } from './context.js';
import type { Op } from './ops.js';

/** A rule in the kernel's numbers, BPF_DEVCG_*; null matches everything. */
interface Rule {
  readonly allow: boolean;
  readonly type: number | null;
  readonly major: number | null;
  readonly minor: number | null;
  readonly access: number;
}

const BLOCK = 1;
const CHARACTER = 2;
const MKNOD = 1;
const READ = 2;
const WRITE = 4;
const EVERY_ACCESS = MKNOD | READ | WRITE;

/** Jumps reach no farther; some ten thousand rules fit. */
const MAX_INSTRUCTIONS = 32767;
const INSTRUCTION_DIGITS = 16;

const node = (major: number, minor: number | null): Rule => {
  return { allow: true, type: CHARACTER, major, minor, access: EVERY_ACCESS };
};

// What every container may do whatever config.json says, as in runc: make any node, and use those of /dev, terminals and tun. Last, so it decides.
const RUNTIME_RULES: readonly Rule[] = [
  { allow: true, type: CHARACTER, major: null, minor: null, access: MKNOD },
  { allow: true, type: BLOCK, major: null, minor: null, access: MKNOD },
  node(1, 3), // null
  node(1, 5), // zero
  node(1, 7), // full
  node(1, 8), // random
  node(1, 9), // urandom
  node(5, 0), // tty
  node(5, 2), // ptmx
  node(10, 200), // net/tun
  node(136, null), // pts
];

// What compileDeviceProgram([]) answers, as most containers need it and compiling it costs 0.3 ms of a start; a unit test compares.
const DEFAULT_PROGRAM =
  '6112000000000000bc23000000000000740300001000000054020000ffff000061140400000000006115080000000000' +
  'b400000001000000560218000200000056040100880000009500000000000000560402000a00000056050100c8000000' +
  '950000000000000056040400050000005605010002000000950000000000000056050100000000009500000000000000' +
  '56040a000100000056050100090000009500000000000000560501000800000095000000000000005605010007000000' +
  '9500000000000000560501000500000095000000000000005605010003000000950000000000000054030000feffffff' +
  '56030100000000009500000000000000560203000100000054030000feffffff56030100000000009500000000000000' +
  '1603010000000000b4000000000000009500000000000000';

/** Nothing where the container has no cgroup; without root of the host the kernel lets nobody load a program, which is a warning. */
export function loadDeviceProgram(context: CompileContext): Op[] {
  const { spec, facts } = context;
  const rules = spec.linux?.resources?.devices ?? [];
  const path = 'linux.resources.devices';
  if (rules.length > 0 && facts.cgroupRoot === null) {
    addProblem(context, path, 'device rules need cgroup v2: this host has none');
  }
  // Who has no right to load one has none to make a device either: that everything is denied needs no program.
  if (facts.uid !== 0 || facts.inUserNamespace) {
    if (!rules.every(deniesAll)) {
      context.warnings.push(`${path}: the rules have no effect: only root of the host can limit devices`);
    }
    return [];
  }
  if (context.cgroup === null) {
    return [];
  }
  const { root, path: cgroupPath } = context.cgroup;
  const program = deviceProgramText(rules);
  if (program.length > MAX_INSTRUCTIONS * INSTRUCTION_DIGITS) {
    addProblem(context, path, `too many rules: found ${rules.length}, which no eBPF program can hold`);
    return [];
  }
  return [{ op: 'load-device-program', root, path: cgroupPath, program }];
}

/** The program for these rules as the plan has it. */
export function deviceProgramText(rules: readonly DeviceRule[]): string {
  return rules.every(deniesAll) ? DEFAULT_PROGRAM : compileDeviceProgram(rules).join('');
}

/** The program for these rules and the runtime's own; what no rule allows is denied. An instruction is 8 bytes, little-endian, in hex digits. */
export function compileDeviceProgram(rules: readonly DeviceRule[]): string[] {
  const { decisive, fallback } = listDecisive([...rules.map(readRule), ...RUNTIME_RULES]);
  const parts: (readonly string[])[] = [PROLOGUE];
  for (let from = 0, to = 0; from < decisive.length; from = to) {
    const allow = decisive[from]?.allow;
    while (to < decisive.length && decisive[to]?.allow === allow) {
      to += 1;
    }
    parts.push(emitGroups(decisive.slice(from, to), 0));
  }
  parts.push(fallback ? [EXIT] : [jump(JEQ, LEFT, 0, 1), DENY, EXIT]);
  return parts.flat();
}

/** The rule that the program begins with anyway. */
function deniesAll({ allow, type, major, minor, access }: DeviceRule): boolean {
  const everything = (type ?? 'a') === 'a' && major === undefined && minor === undefined;
  return !allow && everything && (access === undefined || access === 'rwm');
}

// "Unset values mean all", says config-linux.md of type, major and minor; an unset access is taken alike, and -1 is unset in Go's words.
function readRule({ allow, type, major, minor, access }: DeviceRule): Rule {
  const letters = access ?? '';
  const bits =
    (letters.includes('m') ? MKNOD : 0) | (letters.includes('r') ? READ : 0) | (letters.includes('w') ? WRITE : 0);
  return {
    allow,
    type: type === 'c' ? CHARACTER : type === 'b' ? BLOCK : null,
    major: readNumber(major),
    minor: readNumber(minor),
    access: bits === 0 ? EVERY_ACCESS : bits,
  };
}

function readNumber(number: DeviceRule['major']): number | null {
  return number === undefined || number < 0 ? null : Number(number);
}

/** The rules that can decide something, the last first, less the bits that later ones decide; `fallback` is for what they leave open. */
function listDecisive(rules: readonly Rule[]): { decisive: Rule[]; fallback: boolean } {
  const decisive: Rule[] = [];
  const settled = new Map<string, number>();
  let fallback = false;
  for (let index = rules.length - 1; index >= 0; index -= 1) {
    const rule = rules[index] as Rule;
    const isForAll = rule.type === null && rule.major === null && rule.minor === null;
    if (isForAll && rule.access === EVERY_ACCESS) {
      fallback = rule.allow;
      break;
    }
    const key = `${rule.type} ${rule.major} ${rule.minor}`;
    const before = settled.get(key) ?? 0;
    const access = rule.access & ~before;
    if (access !== 0) {
      decisive.push(access === rule.access ? rule : { ...rule, access });
      settled.set(key, before | access);
    }
  }
  while (decisive.at(-1)?.allow === fallback) {
    decisive.pop();
  }
  return { decisive, fallback };
}

// ---- eBPF, Documentation/bpf/standardization/instruction-set.rst ----

/** Registers; r1 is the context, struct bpf_cgroup_dev_ctx. LEFT has the bits of access that no rule has decided yet. */
const VERDICT = 0;
const CONTEXT = 1;
const TYPE = 2;
const LEFT = 3;
const MAJOR = 4;
const MINOR = 5;

/** Codes with an immediate; all on 32 bits. */
const JEQ = 0x16;
const JNE = 0x56;
const JSET = 0x46;
const AND = 0x54;
const RIGHT_SHIFT = 0x74;
const MOVE = 0xb4;

const EXIT = instruction(0x95, 0, 0, 0);
const ALLOW = instruction(MOVE, VERDICT, 0, 1);
const DENY = instruction(MOVE, VERDICT, 0, 0);

const PROLOGUE: readonly string[] = [
  load(TYPE, 0),
  instruction(0xbc, LEFT | (TYPE << 4), 0, 0),
  instruction(RIGHT_SHIFT, LEFT, 0, 16),
  instruction(AND, TYPE, 0, 0xffff),
  load(MAJOR, 4),
  load(MINOR, 8),
  ALLOW,
];

const LEVELS = [
  ['type', TYPE],
  ['major', MAJOR],
  ['minor', MINOR],
] as const;

/**
 * Rules of one verdict, whose order does not matter: each value is tested once, and what it guards is jumped over. What matches everything goes
 * last: the verifier refuses instructions that cannot be reached, such as any after an exit.
 */
function emitGroups(rules: readonly Rule[], level: number): string[] {
  const test = LEVELS[level];
  if (test === undefined) {
    return rules.flatMap(emitVerdict);
  }
  const [key, register] = test;
  const groups = new Map<number, Rule[]>();
  const others: Rule[] = [];
  for (const rule of rules) {
    const value = rule[key];
    const group = value === null ? others : groups.get(value);
    if (group !== undefined) {
      group.push(rule);
    } else if (value !== null) {
      groups.set(value, [rule]);
    }
  }
  const parts: string[][] = [];
  for (const [value, members] of groups) {
    const guarded = emitGroups(members, level + 1);
    parts.push([jump(JNE, register, value, guarded.length)], guarded);
  }
  parts.push(emitGroups(others, level + 1));
  return parts.flat();
}

/** What is done when a rule matches the device: one denied bit denies, allowed bits are done with, and when none is left all were allowed. */
function emitVerdict({ allow, access }: Rule): string[] {
  if (!allow) {
    return [jump(JSET, LEFT, access, 1), instruction(0x05, 0, 2, 0), DENY, EXIT];
  }
  return access === EVERY_ACCESS ? [EXIT] : [instruction(AND, LEFT, 0, ~access), jump(JNE, LEFT, 0, 1), EXIT];
}

/** A field of the context, 32 bits. */
function load(register: number, offset: number): string {
  return instruction(0x61, register | (CONTEXT << 4), offset, 0);
}

/** Skips `count` instructions if the comparison holds. */
function jump(comparison: number, register: number, value: number, count: number): string {
  return instruction(comparison, register, count, value);
}

function instruction(code: number, registers: number, offset: number, immediate: number): string {
  return hex(code, 1) + hex(registers, 1) + hex(offset, 2) + hex(immediate, 4);
}

function hex(value: number, bytes: number): string {
  let text = '';
  for (let index = 0; index < bytes; index += 1) {
    text += (((value >> (8 * index)) & 0xff) | 0x100).toString(16).slice(1);
  }
  return text;
}
