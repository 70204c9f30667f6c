// What the first bytes of a file say about how the kernel would execute it: elf(5), execve(2).

export type Format =
  | { readonly kind: 'elf'; readonly machine: number; readonly interpreter: string | null }
  | { readonly kind: 'script'; readonly interpreter: string }
  | { readonly kind: 'other' };

/** As much of a file as readFormat() wants to see. */
export const START_BYTES = 16_384;

const MAGIC = [0x7f, 0x45, 0x4c, 0x46];
const PT_INTERP = 3;

export function readFormat(start: Uint8Array): Format {
  if (start[0] === 0x23 && start[1] === 0x21) {
    const line = decode(start.subarray(2, 258)).split('\n')[0] ?? '';
    return { kind: 'script', interpreter: line.trim().split(/[ \t]/)[0] ?? '' };
  }
  if (start.length < 64 || MAGIC.some((byte, index) => start[index] !== byte)) {
    return { kind: 'other' };
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const little = start[5] === 1;
  return {
    kind: 'elf',
    machine: view.getUint16(18, little),
    interpreter: readInterpreter(view, start[4] === 2, little),
  };
}

/** The text of the PT_INTERP segment; null of a static program, and where its headers are beyond what was read. */
function readInterpreter(view: DataView, wide: boolean, little: boolean): string | null {
  const word = (at: number) => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const headers = word(wide ? 32 : 28);
  const size = view.getUint16(wide ? 54 : 42, little);
  const count = view.getUint16(wide ? 56 : 44, little);
  for (let index = 0; index < count; index += 1) {
    const at = headers + index * size;
    if (at + (wide ? 56 : 32) > view.byteLength) {
      return null;
    }
    if (view.getUint32(at, little) === PT_INTERP) {
      const offset = word(at + (wide ? 8 : 4));
      const length = word(at + (wide ? 32 : 16));
      return offset + length <= view.byteLength ? readText(view, offset, length) : null;
    }
  }
  return null;
}

function readText(view: DataView, offset: number, length: number): string {
  return decode(new Uint8Array(view.buffer, view.byteOffset + offset, length)).split('\0')[0] ?? '';
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

/** e_machine of what each machine of uname(2) executes: its own programs, and those of its 32-bit predecessor. */
const MACHINES: Readonly<Record<string, readonly number[]>> = {
  x86_64: [62, 3],
  i686: [3],
  aarch64: [183, 40],
  armv7l: [40],
  riscv64: [243],
  ppc64le: [21],
  s390x: [22],
  loongarch64: [258],
};

/** False only where it is known that the machine cannot execute such a program by itself. */
export function isExecutableBy(machine: string, elfMachine: number): boolean {
  return MACHINES[machine]?.includes(elfMachine) ?? true;
}
