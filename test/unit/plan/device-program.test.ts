import { describe, expect, test } from 'vitest';
import { compileDeviceProgram } from '../../../src/plan/device-program.js';
import type { DeviceRule } from '../../../src/spec/types.js';
import { compile, createOps, problemsOf, specWith } from './samples.js';

/** One question that the kernel asks; `access` is any of the letters m, r, w. */
interface Question {
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  readonly access: string;
}

// ---- the program, executed: only what the compiler emits, anything else is an error, as is what the kernel's verifier refuses ----

interface Instruction {
  readonly code: number;
  readonly to: number;
  readonly from: number;
  readonly offset: number;
  readonly immediate: number;
}

function decode(text: string): Instruction {
  const bytes = Buffer.from(text, 'hex');
  if (!/^[0-9a-f]{16}$/.test(text)) {
    throw new Error(`not an instruction: "${text}"`);
  }
  const registers = bytes.readUInt8(1);
  return {
    code: bytes.readUInt8(0),
    to: registers & 15,
    from: registers >> 4,
    offset: bytes.readInt16LE(2),
    immediate: bytes.readInt32LE(4),
  };
}

const MKNOD = 1;
const READ = 2;
const WRITE = 4;

function contextOf({ type, major, minor, access }: Question): Uint32Array {
  const bits =
    (access.includes('m') ? MKNOD : 0) | (access.includes('r') ? READ : 0) | (access.includes('w') ? WRITE : 0);
  return Uint32Array.of((bits << 16) | (type === 'b' ? 1 : 2), major, minor);
}

const COMPARISONS: Readonly<Record<number, (left: number, right: number) => boolean>> = {
  22: (left, right) => left === right,
  86: (left, right) => left !== right,
  70: (left, right) => (left & right) !== 0,
};

const OPERATIONS: Readonly<Record<number, (left: number, right: number) => number>> = {
  84: (left, right) => left & right,
  116: (left, right) => left >>> right,
  180: (_, right) => right,
};

function execute(program: readonly Instruction[], question: Question): number {
  const context = contextOf(question);
  const registers: (number | undefined)[] = [];
  const read = (register: number) => {
    const value = registers[register];
    if (value === undefined) {
      throw new Error(`r${register} is read before it is set`);
    }
    return value;
  };
  for (let at = 0; ; at += 1) {
    const instruction = program[at];
    if (instruction === undefined) {
      throw new Error('the program runs past its end');
    }
    const { code, to, from, offset, immediate } = instruction;
    const compare = COMPARISONS[code];
    const operate = OPERATIONS[code];
    if (code === 0x95) {
      return read(0);
    }
    if (code === 0x61 && from === 1 && offset % 4 === 0) {
      registers[to] = context[offset / 4];
    } else if (code === 0xbc) {
      registers[to] = read(from);
    } else if (code === 0x05) {
      at += offset;
    } else if (compare !== undefined) {
      at += compare(read(to), immediate >>> 0) ? offset : 0;
    } else if (operate !== undefined) {
      registers[to] = operate(code === 0xb4 ? 0 : read(to), immediate) >>> 0;
    } else {
      throw new Error(`instruction ${at} is not known: ${code.toString(16)}`);
    }
  }
}

/** Instructions that no path reaches: the verifier refuses a program that has one. */
function unreachable(program: readonly Instruction[]): number[] {
  const reached = new Set<number>();
  const paths = [0];
  for (let at = paths.pop(); at !== undefined; at = paths.pop()) {
    const instruction = program[at];
    if (instruction === undefined || reached.has(at)) {
      continue;
    }
    reached.add(at);
    const { code, offset } = instruction;
    const isJump = code === 0x05 || code in COMPARISONS;
    paths.push(...(isJump ? [at + 1 + offset] : []), ...(code === 0x05 || code === 0x95 ? [] : [at + 1]));
  }
  return program.map((_, index) => index).filter((index) => !reached.has(index));
}

// ---- what the program must answer, from the words of the specification ----

const DEFAULTS: readonly DeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...[
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 2],
    [10, 200],
    [136, -1],
  ].map(([major = 0, minor = 0]): DeviceRule => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
];

/** All is denied, then the rules are applied in order, each to the access bits that it names. */
function isAllowed(rules: readonly DeviceRule[], { type, major, minor, access }: Question): boolean {
  const allowed = { m: false, r: false, w: false };
  for (const rule of [...rules, ...DEFAULTS]) {
    const matches =
      [undefined, 'a', type].includes(rule.type) &&
      [undefined, -1, major].includes(rule.major as number) &&
      [undefined, -1, minor].includes(rule.minor as number);
    for (const letter of ['m', 'r', 'w'] as const) {
      if (matches && (rule.access || 'rwm').includes(letter)) {
        allowed[letter] = rule.allow;
      }
    }
  }
  return [...access].every((letter) => allowed[letter as 'm' | 'r' | 'w']);
}

/** Numerical Recipes' generator: the same numbers on every run. */
function newRandom(seed: number): <T>(choices: readonly T[]) => T {
  let state = seed;
  return <T>(choices: readonly T[]) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return choices[Math.floor((state / 2 ** 32) * choices.length)] as T;
  };
}

const ACCESSES = ['', 'm', 'r', 'w', 'mr', 'mw', 'rw', 'mrw'];
const MAJORS = [0, 1, 5, 8, 10, 136, 4294967295];
const MINORS = [0, 1, 2, 3, 5, 9, 200, 4294967295];

const QUESTIONS: readonly Question[] = (['c', 'b'] as const).flatMap((type) =>
  MAJORS.flatMap((major) => MINORS.flatMap((minor) => ACCESSES.map((access) => ({ type, major, minor, access })))),
);

function randomRules(seed: number): DeviceRule[] {
  const pick = newRandom(seed);
  const optional = <T>(key: string, choices: readonly T[]) => {
    const value = pick([undefined, ...choices]);
    return value === undefined ? {} : { [key]: value };
  };
  return Array.from({ length: pick([0, 1, 2, 3, 5, 8, 20]) }, () => ({
    allow: pick([true, false]),
    ...optional('type', ['a', 'b', 'c', 'c']),
    ...optional('major', [-1, ...MAJORS]),
    ...optional('minor', [-1, ...MINORS]),
    ...optional('access', ['rwm', 'rw', 'r', 'w', 'm', 'rm', 'wm', 'rwm', '']),
  }));
}

/** Questions that the program of these rules answers wrongly, and what the verifier would refuse. */
function faults(rules: readonly DeviceRule[]) {
  const program = compileDeviceProgram(rules).map(decode);
  const wrong = QUESTIONS.filter((question) => execute(program, question) !== (isAllowed(rules, question) ? 1 : 0));
  return { wrong, unreachable: unreachable(program) };
}

const NONE = { wrong: [], unreachable: [] };

const ask = (rules: readonly DeviceRule[], question: Question) =>
  execute(compileDeviceProgram(rules).map(decode), question) === 1;

describe('compileDeviceProgram()', () => {
  test('allows the default devices and every mknod, and nothing else, without a rule', () => {
    expect(ask([], { type: 'c', major: 1, minor: 3, access: 'rwm' })).toBe(true);
    expect(ask([], { type: 'c', major: 136, minor: 77, access: 'rw' })).toBe(true);
    expect(ask([], { type: 'b', major: 8, minor: 0, access: 'm' })).toBe(true);
    expect(ask([], { type: 'b', major: 8, minor: 0, access: 'r' })).toBe(false);
    expect(ask([], { type: 'c', major: 1, minor: 1, access: 'r' })).toBe(false);
    expect(ask([], { type: 'b', major: 1, minor: 3, access: 'r' })).toBe(false);
  });

  test('lets the last rule of each access bit decide', () => {
    const rules: DeviceRule[] = [
      { allow: true, type: 'b', major: 8, access: 'rw' },
      { allow: false, type: 'b', major: 8, minor: 0, access: 'w' },
    ];
    const disk = (minor: number, access: string) => ask(rules, { type: 'b', major: 8, minor, access });
    expect([disk(0, 'r'), disk(0, 'w'), disk(0, 'rw'), disk(1, 'rw')]).toEqual([true, false, false, true]);
  });

  test('lets several rules allow one request together', () => {
    const rules: DeviceRule[] = [
      { allow: true, type: 'c', major: 10, minor: 229, access: 'r' },
      { allow: false, type: 'c', major: 11 },
      { allow: true, type: 'c', major: 10, access: 'w' },
    ];
    expect(ask(rules, { type: 'c', major: 10, minor: 229, access: 'rwm' })).toBe(true);
    expect(ask(rules, { type: 'c', major: 10, minor: 228, access: 'rw' })).toBe(false);
  });

  test('takes what is not set, and -1, for everything', () => {
    expect(ask([{ allow: true }], { type: 'b', major: 259, minor: 1, access: 'rwm' })).toBe(true);
    expect(ask([{ allow: true, type: 'a', major: -1 }], { type: 'b', major: 259, minor: 1, access: 'rw' })).toBe(true);
    expect(ask([{ allow: true, access: 'r' }], { type: 'b', major: 259, minor: 1, access: 'rw' })).toBe(false);
  });

  for (const [name, rules] of Object.entries<DeviceRule[]>({
    'no rule': [],
    'all denied': [{ allow: false, access: 'rwm' }],
    'all allowed': [{ allow: true, access: 'rwm' }],
    'all allowed, bit by bit': [
      { allow: true, access: 'r' },
      { allow: true, access: 'wm' },
    ],
    'all allowed, then one bit denied': [{ allow: true }, { allow: false, access: 'w' }],
    'all allowed but for one': [{ allow: true }, { allow: false, type: 'c', major: 8, minor: 1 }],
    'everything of one type': [
      { allow: true, type: 'c' },
      { allow: true, type: 'c', major: 8 },
    ],
  })) {
    test(`answers every question as the specification does: ${name}`, () => {
      expect(faults(rules)).toEqual(NONE);
    });
  }

  test('answers every question as the specification does: 400 lists made by chance', () => {
    for (let seed = 0; seed < 400; seed += 1) {
      const rules = randomRules(seed);
      expect({ seed, rules, ...faults(rules) }).toEqual({ seed, rules, ...NONE });
    }
  });

  test('leaves out what can never decide', () => {
    const denied: DeviceRule = { allow: false, access: 'rwm' };
    const tty: DeviceRule = { allow: true, type: 'c', major: 5, minor: 1, access: 'rwm' };
    expect(compileDeviceProgram([tty, denied])).toEqual(compileDeviceProgram([]));
    expect(compileDeviceProgram([denied, tty, tty])).toEqual(compileDeviceProgram([tty]));
    expect(compileDeviceProgram([denied, ...DEFAULTS])).toEqual(compileDeviceProgram([]));
  });

  test('is short', () => {
    expect(compileDeviceProgram([]).length).toBeLessThan(50);
    expect(compileDeviceProgram([{ allow: true, access: 'rwm' }]).length).toBeLessThan(10);
  });
});

const withRules = (devices: DeviceRule[]) =>
  specWith({ linux: { namespaces: [{ type: 'mount' }], resources: { devices } } });
const RULE: DeviceRule = { allow: true, type: 'b', major: 8, access: 'r' };

describe('compilePlan() of device rules', () => {
  test('limits the cgroup before init is born in it, also without a rule', () => {
    const denials: DeviceRule[][] = [
      [{ allow: false }],
      [{ allow: false, access: 'rwm' }],
      [{ allow: false, access: 'rw' }],
    ];
    for (const rules of [[], [RULE], ...denials, [{ allow: false, type: 'c' } satisfies DeviceRule, RULE]]) {
      expect(createOps(withRules(rules), ['open-cgroup', 'load-device-program', 'spawn-init'])).toEqual([
        { op: 'open-cgroup', root: '/sys/fs/cgroup', path: '/web' },
        {
          op: 'load-device-program',
          root: '/sys/fs/cgroup',
          path: '/web',
          program: compileDeviceProgram(rules).join(''),
        },
        { op: 'spawn-init', namespaces: ['CLONE_NEWNS'] },
      ]);
    }
  });

  test('refuses rules on a host without cgroup v2, and needs none there', () => {
    const facts = { cgroupRoot: null };
    expect(createOps(specWith(), ['load-device-program'], { facts })).toEqual([]);
    expect(problemsOf(withRules([RULE]), { facts })).toEqual([
      'linux.resources.devices: device rules need cgroup v2: this host has none',
    ]);
  });

  test('warns of rules without root', () => {
    const facts = { uid: 1000 };
    expect(createOps(withRules([RULE]), ['load-device-program'], { facts })).toEqual([]);
    expect(compile(withRules([RULE]), { facts }).warnings).toEqual([
      'linux.resources.devices: the rules have no effect: only root of the host can limit devices',
    ]);
    expect(compile(specWith(), { facts }).warnings).toEqual([]);
  });

  test('refuses more rules than a program can hold', () => {
    const rules = Array.from({ length: 100000 }, (_, minor): DeviceRule => ({ ...RULE, access: 'rwm', minor }));
    expect(problemsOf(withRules(rules))).toEqual([
      'linux.resources.devices: too many rules: found 100000, which no eBPF program can hold',
    ]);
  });
});
