// The tests of the integration ring that cannot pass in the ring of sanitizers, each with what in a sanitized program keeps it from that.

export interface Exception {
  /** The name of the test's file, without `.test.ts`. */
  readonly file: string;
  /** Of the test; all of the file where there is none. */
  readonly title?: RegExp;
  readonly why: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    file: 'surroundings',
    title: /^does not obey LD_(?:PRELOAD|DEBUG)$/,
    why: 'sanitizers need a dynamic loader, which obeys its variables; the program that users get has none',
  },
  {
    file: 'terminal-relay',
    title: /^while a terminal is relayed less than 1 MiB of memory is in use/,
    why: 'AddressSanitizer keeps shadows of all memory, and freed memory out of use',
  },
  {
    file: 'memory',
    title: /less than 2 MiB/,
    why: 'AddressSanitizer keeps shadows of all memory, and freed memory out of use',
  },
];
