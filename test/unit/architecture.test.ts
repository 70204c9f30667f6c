// The rules of the design that a reader could break without noticing: one table of operations, and who may import whom.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { TABLES } from '../../src/plan/names.js';
import { fieldsOf, OPS, type OpName } from '../../src/plan/ops.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the table of operations', () => {
  const entries = [...read('c/ops.def').matchAll(/^OP\((.*)\)$/gm)].map((match) => `${match[1]}`);

  test('is the same in c/ops.def and src/plan/ops.ts, line by line', () => {
    const expected = Object.entries(OPS).map(
      ([name, [side, fields]]) => `${name.replaceAll('-', '_').toUpperCase()}, "${name}", ${side}, "${fields}"`,
    );
    expect(entries).toEqual(expected);
  });

  test('has no line in c/ops.def that this test does not read', () => {
    const lines = read('c/ops.def')
      .split('\n')
      .filter((line) => line.trimStart().startsWith('OP('));
    expect(lines).toHaveLength(entries.length);
  });

  test('uses only the field types and tables that schemas/plan.md defines', () => {
    const types = ['text', 'path', 'int', 'uint', 'id', 'who', 'mode', 'slot', 'list', 'name', 'flags'];
    for (const field of (Object.keys(OPS) as OpName[]).flatMap((name) => fieldsOf(name))) {
      expect(types).toContain(field.type);
      expect(Object.keys(TABLES).concat('')).toContain(field.table);
      expect(field.name).not.toBe('op');
    }
  });

  test('is explained in schemas/plan.md, every operation of it', () => {
    const text = read('schemas/plan.md');
    const missing = Object.keys(OPS).filter((name) => !text.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });

  test('has its tables of names in schemas/plan.md', () => {
    const text = read('schemas/plan.md');
    expect(Object.keys(TABLES).filter((table) => !text.includes(`| \`${table}\` |`))).toEqual([]);
  });

  test('has every name of its tables in c/names.c', () => {
    const names = new Set(
      [...read('c/names.c').matchAll(/"([^"]+)"|\b(?:SAME|CAPABILITY)\((\w+)\)/g)].map((match) => match[1] ?? match[2]),
    );
    expect(Object.values(TABLES).flatMap((table) => table.filter((name) => !names.has(name)))).toEqual([]);
  });
});

/** Files of c/ that may look paths up by their names, and why. */
const BY_NAME: Readonly<Record<string, string>> = {
  'front.c': 'before anything else, as its caller: descriptors 0 to 2, and the directory it goes on in',
  'engine.c': 'executes the engine, in the namespaces of the caller',
  'sealed.c': 'reads its own file, before any container is there',
  'exec_kept.c': 'the document of an exec, by the path that the caller gave',
  'express.c': 'the state root, by the path that the caller gave',
  'helper.c': 'the state directory, by the path that the engine gave',
  'state.c': 'removes the state directory',
  'sources.c': 'paths of the host in config.json, in the mount namespace of the host',
  'process.c': 'files of namespaces and the pid file; what runs in a stage has descriptors',
  'sockets.c': 'sockets of the caller; none of these is called by init',
  'cgroup.c': 'the root of the cgroup tree, which the facts of the host name',
  'cgroup_mark.c': 'the cgroup tree of the host, walked for gc, where no container is',
  'cgroup_settings.c': 'a list of the kernel in /sys, of the host',
  'resctrl.c': 'where resctrl is mounted, on the host',
  'id_map_reader.c': 'user namespaces of the host, in a process of its own',
  'network_devices.c': 'has "link" for a network device, and no path',
  'hooks.c':
    'paths of config.json, trusted; those of startContainer are in the root of the container, as its program is',
  'program.c': 'the program and its directory, in the root of the container, as execve(2) and its user see them',
  'root.c': '"/", "/proc" and ".", which nobody can exchange',
};

describe('paths that are looked up by their names', () => {
  const files = readdirSync(join(ROOT, 'c')).filter((name) => name.endsWith('.c'));
  const includesOf = (name: string) => [...read(`c/${name}`).matchAll(/^#include (.*)$/gm)].map((match) => match[1]);

  test('are poison to every C file, in its last include, but those that are listed with a reason', () => {
    const without = files.filter((name) => includesOf(name).at(-1) !== '"poison.h"');
    expect(without.sort()).toEqual(Object.keys(BY_NAME).sort());
  });

  test('are poison in no header, whose includes would come too late', () => {
    const headers = readdirSync(join(ROOT, 'c')).filter((name) => name.endsWith('.h'));
    expect(headers.filter((name) => includesOf(name).includes('"poison.h"'))).toEqual([]);
  });

  const compile = (code: string) =>
    spawnSync('gcc', ['-std=gnu17', '-Ic', '-fsyntax-only', '-x', 'c', '-'], {
      cwd: ROOT,
      input: code,
      encoding: 'utf8',
    });
  const HEAD =
    '#define _GNU_SOURCE\n#include <fcntl.h>\n#include <sys/stat.h>\n#include <sys/vfs.h>\n#include <sys/mount.h>\n#include <unistd.h>\n';

  test.each([
    'open("/x", 0)',
    'openat(AT_FDCWD, "x", 0)',
    'mkdir("/x", 0755)',
    'mknod("/x", 0, 0)',
    'symlink("/x", "/y")',
    'unlink("/x")',
    'chmod("/x", 0)',
    'chown("/x", 0, 0)',
    'mount("x", "/x", "x", 0, 0)',
    'umount2("/x", 0)',
    'stat("/x", &(struct stat){ 0 })',
    'statfs("/x", &(struct statfs){ 0 })',
    'lstat("/x", &(struct stat){ 0 })',
    'access("/x", 0)',
    'chdir("/x")',
    'execvp("x", 0)',
  ])('so %s does not compile', (call) => {
    const code = (include: string) => `${HEAD}${include}int x(void);\nint x(void) { return ${call}; }\n`;
    expect(compile(code('')).stderr).not.toContain('error');
    expect(compile(code('#include "poison.h"\n')).stderr).toMatch(
      /error: (attempt to use poisoned|a path by its name)/,
    );
  });
});

interface Source {
  /** Path below src/. */
  readonly path: string;
  /** The first folder of the path; the file name without its ending for files directly in src/. */
  readonly part: string;
  readonly code: string;
  readonly imports: readonly string[];
}

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|\brequire\s*\(\s*)['"]([^'"]+)['"]/g;

function readSources(): Source[] {
  const sources: Source[] = [];
  for (const entry of readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })) {
    const path = relative(join(ROOT, 'src'), join(entry.parentPath, entry.name));
    if (!entry.isFile() || !/\.[mc]?[jt]s$/.test(path)) {
      continue;
    }
    const text = read(join('src', path));
    const imports = [...text.matchAll(IMPORT)].map((match) => `${match[1]}`);
    sources.push({ path, part: partOf(path), code: withoutComments(text), imports });
  }
  return sources;
}

function partOf(path: string): string {
  return path.includes('/') ? `${path.split('/')[0]}` : path.replace(/\.[^.]*$/, '');
}

// Good enough for a rule: strings and comments go, code stays.
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<!:)\/\/[^\n]*/g, ' ');
}

/** design.md, section 5: what each part may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  spec: ['base'],
  plan: ['spec', 'base'],
  check: ['plan', 'spec', 'base'],
  state: ['spec', 'plan', 'host', 'base'],
  cgroup: ['host', 'base'],
  host: ['spec', 'plan', 'state', 'base'],
  lifecycle: ['check', 'spec', 'plan', 'state', 'cgroup', 'host', 'base'],
  index: ['lifecycle', 'check', 'spec', 'plan', 'state', 'cgroup', 'host', 'base'],
  cli: ['index', 'lifecycle', 'spec', 'plan', 'state', 'cgroup', 'host', 'base'],
  manager: ['index'],
};

const PURE = ['base', 'spec', 'plan', 'check'];

/** Uses of the global `process`; a file may well have a local of that name, as config.json has such a key. */
function usesOfProcess(code: string): string[] {
  if (/\b(?:const|let) (?:process|\{[^=]*\bprocess\b[^=]*\})(?:: \w+)? =|\bprocess\??:/.test(code)) {
    return [];
  }
  return code.match(/(?<![.\w?`])process\.\w+/g) ?? [];
}

describe('the import rule', () => {
  const sources = readSources();

  test('is obeyed by every relative import', () => {
    const broken: string[] = [];
    for (const { path, part, imports } of sources) {
      const allowed = [part, ...(MAY_IMPORT[part] ?? [])];
      for (const target of imports.filter((name) => name.startsWith('.'))) {
        const to = partOf(relative(join(ROOT, 'src'), join(ROOT, 'src', dirname(path), target)));
        if (!allowed.includes(to)) {
          broken.push(`${path} imports ${target}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  test('knows every part of src/', () => {
    expect(sources.map(({ part }) => part).filter((part) => MAY_IMPORT[part] === undefined)).toEqual([]);
  });

  test('keeps base, spec, plan and check pure: no node: modules, no process, no clock', () => {
    const broken: string[] = [];
    for (const { path, part, code, imports } of sources) {
      if (!PURE.includes(part) || path.includes('generated/')) {
        continue;
      }
      broken.push(...imports.filter((name) => !name.startsWith('.')).map((name) => `${path} imports ${name}`));
      const names =
        code.match(/\b(?:globalThis\.process|performance\.now|new Date|Date\.\w+|Math\.random|Bun\.\w+)\b/g) ?? [];
      broken.push(...names.map((name) => `${path} uses ${name}`));
      broken.push(...usesOfProcess(code).map((name) => `${path} uses ${name}`));
    }
    expect(broken).toEqual([]);
  });
});
