// What only execve can find out is reported by start: why the program could not be executed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';

const PROGRAMS = {
  'a text without #!': [
    'hello\n',
    /exec format error \(ENOEXEC\)\nhint: it is built for another machine, or is a script without a first line #!\n$/,
  ],
  'a missing interpreter': [
    '#!/absent/sh\n',
    /no such file or directory \(ENOENT\)\nhint: the interpreter that its first line \(#!\) or its ELF header names is not in the rootfs\n$/,
  ],
  'an interpreter that is a directory': ['#!/etc\n', /permission denied \(EACCES\)\n$/],
  'an empty file': ['', /exec format error \(ENOEXEC\)\n/],
  'a program for another machine': [
    `\u007fELF\u0002\u0001\u0001${'\0'.repeat(9)}\u0002\0\u00f7\0${'\0'.repeat(100)}`,
    /exec format error \(ENOEXEC\)\n/,
  ],
} as const;

function bundleOf(content: string) {
  return makeBundle({
    args: ['/program'],
    fill: (rootfs) => {
      mkdirSync(join(rootfs, 'etc'));
      writeFileSync(join(rootfs, 'program'), Buffer.from(content, 'latin1'), { mode: 0o755 });
    },
  });
}

describe('a program that cannot be executed', () => {
  for (const [what, [content, expected]] of Object.entries(PROGRAMS)) {
    test(`because it is ${what} is reported by start, and the container is stopped`, () => {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      expect(tsrun.must(['create', '-b', bundleOf(content).path, id]).stderr).toBe('');
      const { status, stdout, stderr } = tsrun.call(['start', id]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr.startsWith(`tsrun: cannot start container "${id}": exec: "/program": `)).toBe(true);
      expect(stderr).toMatch(expected);
      expect(tsrun.state(id)?.status).toBe('stopped');
      tsrun.must(['delete', id]);
      expect(tsrun.leftovers()).toEqual([]);
      expect(hasCgroup(id)).toBe(false);
    });

    test(`because it is ${what} is reported by run, which leaves nothing`, () => {
      const tsrun = newTsrun();
      const id = tsrun.newId();
      for (const flags of [[], ['--detach'], ['--keep']]) {
        const { status, stderr } = tsrun.call(['run', ...flags, '-b', bundleOf(content).path, id]);
        expect(stderr).toMatch(expected);
        expect(status).toBe(1);
        expect(tsrun.leftovers()).toEqual([]);
        expect(hasCgroup(id)).toBe(false);
      }
    });
  }
});
