// Bad input of any kind: one clear line, exit status 1, and nothing left behind.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BundleOptions, makeBundle } from '../support/bundle.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';

/** What create and run say of a bundle, with its path as BUNDLE and the id as ID. Asserts everything but the words. */
function refusal(options: BundleOptions = {}, spoil: (path: string) => void = () => {}): string {
  const said = ['create', 'run'].map((verb) => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle(options);
    spoil(bundle.path);
    const { status, stdout, stderr } = tsrun.call([verb, '--bundle', bundle.path, id]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
    return stderr.replaceAll(bundle.path, 'BUNDLE').replaceAll(id, 'ID').replaceAll(`cannot ${verb}`, 'cannot VERB');
  });
  expect(said[0]).toBe(said[1]);
  return said[0] ?? '';
}

describe('a config.json', () => {
  test('that is no JSON is refused with line and column', () => {
    expect(refusal({ edit: () => '{\n  "ociVersion": "1.3.0",\n  "process": oops\n}\n' })).toMatch(
      /^tsrun: cannot parse "BUNDLE\/config\.json": .*line 3, column 14.*\n$/,
    );
  });

  test('that ends too early is refused with line and column', () => {
    expect(refusal({ edit: (text) => text.slice(0, 100) })).toMatch(
      /^tsrun: cannot parse "BUNDLE\/config\.json": .*line 1, column 101.*\n$/,
    );
  });

  test('that is empty is refused', () => {
    expect(refusal({ edit: () => '' })).toMatch(/^tsrun: cannot parse "BUNDLE\/config\.json": .*line 1, column 1.*\n$/);
  });

  test('with a key twice is refused with line and column', () => {
    expect(refusal({ edit: (text) => text.replace('{', '{"hostname":"a",\n') })).toMatch(
      /^tsrun: cannot parse "BUNDLE\/config\.json": .*"hostname".*line 2, column \d+.*\n$|line 2, column \d+.*"hostname".*\n$/,
    );
  });

  test('that is not UTF-8 is refused', () => {
    expect(refusal({}, (path) => writeFileSync(join(path, 'config.json'), Buffer.from([0x22, 0xff, 0x22])))).toBe(
      'tsrun: cannot parse "BUNDLE/config.json": the text is not UTF-8\n',
    );
  });

  test('that is missing is an error with a hint', () => {
    expect(refusal({}, (path) => rmSync(join(path, 'config.json')))).toBe(
      'tsrun: cannot read "BUNDLE/config.json": no such file or directory (ENOENT)\nhint: a bundle is a directory with a config.json; "tsrun spec" writes one\n',
    );
  });

  test('that is a directory is refused', () => {
    const spoil = (path: string) => {
      rmSync(join(path, 'config.json'));
      mkdirSync(join(path, 'config.json'));
    };
    expect(refusal({}, spoil)).toBe('tsrun: cannot read "BUNDLE/config.json": it is not a regular file\n');
  });

  test('that is a fifo is refused, and not waited for', () => {
    const spoil = (path: string) => {
      rmSync(join(path, 'config.json'));
      newTsrun().execute('mkfifo', [join(path, 'config.json')]);
    };
    expect(refusal({}, spoil)).toBe('tsrun: cannot read "BUNDLE/config.json": it is not a regular file\n');
  });

  test('with a wrong type is refused with its path', () => {
    expect(refusal({ edit: (text) => text.replace('"cwd":"/"', '"cwd":7') })).toBe(
      'tsrun: invalid config.json: process.cwd: found 7, must be a string\n',
    );
  });

  test('with several problems is refused with all of them', () => {
    expect(
      refusal({ edit: (text) => text.replace('"cwd":"/"', '"cwd":7').replace('"terminal":false', '"terminal":"no"') }),
    ).toBe(
      'tsrun: invalid config.json: 2 problems\n  process.terminal: found "no", must be true or false\n  process.cwd: found 7, must be a string\n',
    );
  });

  test('with another major version is refused', () => {
    expect(refusal({ edit: (text) => text.replace('"1.3.0"', '"2.0.0"') })).toMatch(
      /^tsrun: invalid config\.json: ociVersion: .*2\.0\.0.*\n$/,
    );
  });

  test('with a relative working directory is refused', () => {
    expect(refusal({ edit: (text) => text.replace('"cwd":"/"', '"cwd":"srv"') })).toMatch(
      /^tsrun: invalid config\.json: process\.cwd: .*\n$/,
    );
  });

  test('that asks for what this host cannot do is refused by name', () => {
    const edit = (text: string) => text.replace('"linux":{', '"linux":{"intelRdt":{},');
    expect(refusal({ edit })).toBe(
      'tsrun: cannot use config.json: linux.intelRdt: this host has no resctrl filesystem mounted: "mount -t resctrl resctrl /sys/fs/resctrl"\n',
    );
  });
});

describe('a rootfs', () => {
  test('that is missing is an error', () => {
    expect(refusal({}, (path) => rmSync(join(path, 'rootfs'), { recursive: true }))).toBe(
      'tsrun: cannot find the rootfs "BUNDLE/rootfs": no such file or directory (ENOENT)\n',
    );
  });

  test('that is a file is an error', () => {
    const spoil = (path: string) => {
      rmSync(join(path, 'rootfs'), { recursive: true });
      writeFileSync(join(path, 'rootfs'), '');
    };
    expect(refusal({}, spoil)).toBe('tsrun: cannot use the rootfs "BUNDLE/rootfs": it is not a directory\n');
  });
});

describe('args[0]', () => {
  test('that is not there is reported by create, in the words that Docker and podman look for', () => {
    expect(refusal({ args: ['absent'] })).toMatch(
      /^tsrun: cannot VERB container "ID": exec: "absent": executable file not found in \$PATH.*\nhint: [^\n]+\n$/,
    );
  });

  test('with a path that is not there is reported by create', () => {
    expect(refusal({ args: ['/bin/absent'] })).toMatch(
      /^tsrun: cannot VERB container "ID": exec: "\/bin\/absent": .*no such file or directory.*\n(hint: [^\n]+\n)?$/,
    );
  });

  test('that is not executable is reported by create', () => {
    const said = refusal({
      args: ['/plain'],
      fill: (rootfs) => writeFileSync(join(rootfs, 'plain'), 'x', { mode: 0o644 }),
    });
    expect(said).toMatch(/^tsrun: cannot VERB container "ID": exec: "\/plain": permission denied( \(EACCES\))?\n$/);
  });

  test('that is a directory is reported by create', () => {
    const said = refusal({ args: ['/directory'], fill: (rootfs) => mkdirSync(join(rootfs, 'directory')) });
    expect(said).toMatch(
      /^tsrun: cannot VERB container "ID": exec: "\/directory": (is a directory|permission denied)( \(\w+\))?\n$/,
    );
  });
});

describe('a working directory', () => {
  test('that cannot be made is an error', () => {
    const options: BundleOptions = {
      mutate: (spec) => {
        spec.process.cwd = '/file/inside';
      },
      fill: (rootfs) => writeFileSync(join(rootfs, 'file'), ''),
    };
    expect(refusal(options)).toMatch(
      /^tsrun: cannot VERB container "ID": make the directory "\/file\/inside".*: not a directory \(ENOTDIR\)\n$/,
    );
  });

  test('in a mount that is read-only is an error', () => {
    const options: BundleOptions = {
      mutate: (spec) => {
        spec.process.cwd = '/sys/absent/inside';
      },
    };
    expect(refusal(options)).toMatch(/: make the directory "\/sys\/absent\/inside".*\(E(?:ROFS|PERM)\)\n$/);
  });
});

describe('an id', () => {
  for (const id of ['../x', '/x', '.', '..', '.hidden', 'a/b', 'a b', '', 'ä', 'a\nb', 'x'.repeat(256)]) {
    test(`like ${JSON.stringify(id.slice(0, 20))} is refused by every verb`, () => {
      const tsrun = newTsrun();
      const bundle = makeBundle();
      for (const verb of [
        ['create', '-b', bundle.path],
        ['run', '-b', bundle.path],
        ['start'],
        ['state'],
        ['kill'],
        ['delete'],
        ['delete', '-f'],
      ]) {
        const { status, stdout, stderr } = tsrun.call([...verb, id]);
        expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
        const shown = id.length > 64 ? `${id.slice(0, 64)}...` : id;
        expect(stderr).toBe(
          `tsrun: invalid container ID format: ${JSON.stringify(shown)}\nhint: an id has 1 to 255 of the characters A-Z a-z 0-9 _ + . - and does not begin with "." or "-"\n`,
        );
      }
      expect(tsrun.leftovers()).toEqual([]);
    });
  }

  test('of a container that does not exist is an error of every verb', () => {
    const tsrun = newTsrun();
    for (const verb of ['start', 'state', 'kill', 'delete']) {
      const { status, stderr } = tsrun.call([verb, 'absent']);
      expect({ status, stderr }).toEqual({ status: 1, stderr: 'tsrun: container "absent" does not exist\n' });
    }
  });
});

describe('a message', () => {
  test('shows control characters of the input escaped', () => {
    const said = refusal({ args: ['/\u001b[31mred\nline'] });
    expect(said).not.toContain('\u001b');
    expect(said.split('\n').filter((line) => line.startsWith('tsrun: '))).toHaveLength(1);
    expect(said).toContain('\\x1b[31mred\\nline');
  });

  test('is one line even for a link loop in the rootfs', () => {
    expect(refusal({ args: ['/loop'], fill: (rootfs) => symlinkSync('loop', join(rootfs, 'loop')) })).toMatch(
      /^tsrun: cannot VERB container "ID": exec: "\/loop": too many levels of symbolic links \(ELOOP\)\n$/,
    );
  });
});
