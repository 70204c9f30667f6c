// A filter of system calls that comes as instructions: the rules by which the kernel takes or refuses it, so that what is wrong is said before
// anything is done. Documentation/networking/filter.rst; seccomp(2); net/core/filter.c and kernel/seccomp.c of Linux, which have the same rules.

export interface FilterProgram {
  /** 16 hex digits an instruction: its eight bytes in their order, struct sock_filter. */
  readonly digits: string;
  /** Some answer of it is SECCOMP_RET_USER_NOTIF: an agent decides. */
  readonly notifies: boolean;
}

/** BPF_MAXINSNS. */
const MOST_INSTRUCTIONS = 4096;
const INSTRUCTION_BYTES = 8;
/** struct seccomp_data: number, architecture, instruction pointer, six arguments. */
const DATA_BYTES = 64;
const MEMORY_WORDS = 16;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

/** The program in a text of base64 (RFC 4648); a string is what is wrong with it. */
export function parseFilterProgram(text: string): FilterProgram | string {
  if (text === '' || !BASE64.test(text)) {
    return 'must be base64, with its padding and without line breaks';
  }
  const bytes = atob(text);
  const count = bytes.length / INSTRUCTION_BYTES;
  if (!Number.isInteger(count)) {
    return `has ${bytes.length} bytes, must be whole instructions of ${INSTRUCTION_BYTES}`;
  }
  if (count > MOST_INSTRUCTIONS) {
    return `has ${count} instructions, must have at most ${MOST_INSTRUCTIONS}`;
  }
  const program = Array.from({ length: count }, (_, index) => readInstruction(bytes, index * INSTRUCTION_BYTES));
  for (const [index, instruction] of program.entries()) {
    const wrong = describeInstruction(instruction, count - index - 1);
    if (wrong !== null) {
      return `instruction ${index}: ${wrong}`;
    }
  }
  const last = program.at(-1);
  if (last === undefined || (last.code !== RET_K && last.code !== RET_A)) {
    return 'must end in a return (BPF_RET)';
  }
  return { digits: hexDigits(bytes), notifies: program.some(isNotification) };
}

/** struct sock_filter, in the byte order of all machines that tsrun is built for. */
function readInstruction(bytes: string, at: number): Instruction {
  const byte = (index: number): number => bytes.charCodeAt(at + index);
  return {
    code: byte(0) | (byte(1) << 8),
    ifTrue: byte(2),
    ifFalse: byte(3),
    value: (byte(4) | (byte(5) << 8) | (byte(6) << 16) | (byte(7) << 24)) >>> 0,
  };
}

// linux/bpf_common.h: class | size or operation | mode or source.
const LD_W_ABS = 0x20;
const MEMORY = new Set([0x60, 0x61, 0x02, 0x03]); // LD|MEM, LDX|MEM, ST, STX
const PLAIN = new Set([0x00, 0x01, 0x80, 0x81, 0x07, 0x87]); // LD|IMM, LDX|IMM, LD|LEN, LDX|LEN, TAX, TXA
const DIVIDE_K = 0x34;
const SHIFTS_K = new Set([0x64, 0x74]); // LSH, RSH
// ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, XOR of K or X, and NEG.
const ALU = new Set([
  ...[0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0xa4],
  ...[0x0c, 0x1c, 0x2c, 0x3c, 0x4c, 0x5c, 0x6c, 0x7c, 0xac],
  0x84,
]);
const JUMP = 0x05;
const BRANCHES = new Set([0x15, 0x25, 0x35, 0x45, 0x1d, 0x2d, 0x3d, 0x4d]); // JEQ, JGT, JGE, JSET of K or X
const RET_K = 0x06;
const RET_A = 0x16;
const RET_USER_NOTIF = 0x7fc00000;

/** Null when the kernel takes it; `left` instructions follow. */
function describeInstruction({ code, ifTrue, ifFalse, value }: Instruction, left: number): string | null {
  if (code === LD_W_ABS) {
    return value % 4 === 0 && value < DATA_BYTES
      ? null
      : `loads at ${value}, must be a multiple of 4 below ${DATA_BYTES}`;
  }
  if (MEMORY.has(code)) {
    return value < MEMORY_WORDS ? null : `uses word ${value} of the memory, must be below ${MEMORY_WORDS}`;
  }
  if (code === JUMP) {
    return value < left ? null : 'jumps past the end';
  }
  if (BRANCHES.has(code)) {
    return ifTrue < left && ifFalse < left ? null : 'jumps past the end';
  }
  if (code === DIVIDE_K && value === 0) {
    return 'divides by 0';
  }
  if (SHIFTS_K.has(code) && value >= 32) {
    return `shifts by ${value}, must be below 32`;
  }
  const isKnown = PLAIN.has(code) || ALU.has(code) || code === RET_K || code === RET_A;
  return isKnown ? null : `has the code 0x${code.toString(16)}, which a filter of system calls cannot have`;
}

function isNotification({ code, value }: Instruction): boolean {
  return code === RET_K && (value & 0xffff0000) >>> 0 === RET_USER_NOTIF;
}

function hexDigits(bytes: string): string {
  return Array.from(bytes, (character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}
