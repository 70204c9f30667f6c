import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { machine, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newHostView } from '../../../src/host/view.js';

describe('newHostView()', () => {
  const view = newHostView();
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'tsrun-view-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('knows the machine', () => {
    expect([view.release, view.machine, view.uid]).toEqual([release(), machine(), process.geteuid?.()]);
  });

  it('tells files, directories, links, sockets and devices apart, and follows nothing', async () => {
    const at = (name: string) => join(directory, name);
    writeFileSync(at('file'), 'x');
    chmodSync(at('file'), 0o640);
    mkdirSync(at('directory'));
    symlinkSync('nowhere', at('link'));
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.on('listening', resolve));
    const kinds = ['file', 'directory', 'link', 'socket'].map((name) => view.look(at(name)));
    server.close();
    expect(kinds).toMatchObject([
      { kind: 'file', mode: 0o640 },
      { kind: 'directory' },
      { kind: 'symlink' },
      { kind: 'socket' },
    ]);
    expect(view.look('/dev/null')).toMatchObject({ kind: 'char', major: 1, minor: 3 });
  });

  it('tells what is not there', () => {
    expect([view.look(join(directory, 'x')), view.look('/dev/null/x'), view.readLink(directory)]).toEqual([
      'missing',
      'missing',
      null,
    ]);
    expect([view.readText(join(directory, 'x')), view.readStart(directory, 9), view.list('/dev/null')]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('reads files of the kernel, whose size is not known', () => {
    expect(view.readText('/proc/sys/fs/nr_open')).toMatch(/^\d+\n$/);
    expect(view.readText('/proc/self/mountinfo')?.endsWith('\n')).toBe(true);
  });

  it('reads no more than is asked for, and no device', () => {
    writeFileSync(join(directory, 'file'), 'abcdef');
    expect(Buffer.from(view.readStart(join(directory, 'file'), 3) ?? [])).toEqual(Buffer.from('abc'));
    expect([view.readStart('/dev/zero', 3), view.readText('/dev/zero')]).toEqual([null, null]);
  });

  it('lists directories', () => {
    writeFileSync(join(directory, 'file'), '');
    expect(view.list(directory)).toEqual(['file']);
  });
});
