// config.md, "Root".
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { ask, expectRefused, run } from '../container.js';
import { shows } from '../shows.js';

const WRITE = ['/probe', 'write', '/file', 'x'];

describe('config.md, Root', () => {
  shows(['root-required'], 'a config.json without one is an error', () => {
    expectRefused((spec) => {
      delete (spec as { root?: object }).root;
    });
  });

  shows(['root-path-required'], 'a root without a path is an error', () => {
    expectRefused((spec) => Object.assign(spec, { root: {} }));
  });

  shows(['root-directory'], 'a path where nothing is is an error', () => {
    expectRefused((spec, { rootfs }) => {
      rmSync(rootfs, { recursive: true });
      spec.root.path = rootfs;
    });
  });

  shows(['root-directory'], 'a path of a file is an error', () => {
    expectRefused((spec, { path }) => {
      writeFileSync(join(path, 'file'), '');
      spec.root.path = 'file';
    });
  });

  for (const [title, path] of [
    ['relative to the bundle', () => 'rootfs'],
    ['absolute', (rootfs: string) => rootfs],
  ] as const) {
    shows(['root-directory', 'root-path-required'], `a path that is ${title} is the root`, () => {
      const files = ask(['ls', '/'], (spec, { rootfs }) => {
        spec.root.path = path(rootfs);
      });
      expect(files.split('\n')).toContain('probe');
    });
  }

  shows(['root-readonly'], 'a root that is read-only cannot be written', () => {
    const { status, stderr } = run({
      args: WRITE,
      mutate: (spec) => {
        spec.root.readonly = true;
      },
    });
    expect(stderr).toContain('Read-only file system');
    expect(status).not.toBe(0);
  });

  for (const readonly of [undefined, false]) {
    shows(['root-readonly'], `with readonly ${readonly} it can be written`, () => {
      const { status } = run({
        args: WRITE,
        mutate: (spec) => {
          spec.root = readonly === undefined ? { path: 'rootfs' } : { path: 'rootfs', readonly };
        },
      });
      expect(status).toBe(0);
    });
  }
});
