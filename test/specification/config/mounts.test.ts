// config.md, "Mounts". The single options are shown by test/integration/features.test.ts and mounts.test.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Mount } from '../../../src/spec/types.js';
import { mountAt } from '../../support/probe.js';
import { ask, expectRefused, report } from '../container.js';
import { shows } from '../shows.js';

const tmpfs = (destination: string, ...options: string[]): Mount => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options,
});

/** Options whose effect is seen in the mount's own options, and what is seen. */
const SEEN: readonly (readonly [option: string, seen: string, not?: string])[] = [
  ['ro', 'ro', 'rw'],
  ['rw', 'rw', 'ro'],
  ['nosuid', 'nosuid'],
  ['nodev', 'nodev'],
  ['noexec', 'noexec'],
  ['noatime', 'noatime'],
  ['relatime', 'relatime'],
];

describe('config.md, Mounts', () => {
  shows(['mounts-order'], 'are made in the listed order: the later one covers the earlier', () => {
    const files = ask(
      ['ls', '/data'],
      (spec, { path }) => {
        for (const name of ['first', 'second']) {
          mkdirSync(join(path, name));
          writeFileSync(join(path, name, `${name}-file`), '');
          spec.mounts.push({ destination: '/data', type: 'bind', source: join(path, name), options: ['bind'] });
        }
      },
      {},
    );
    expect(files.trim()).toBe('second-file');
  });

  shows(['mounts-order'], 'are made in the listed order: one inside of another comes after it', () => {
    const { mountinfo } = report((spec) => {
      spec.mounts.push(tmpfs('/data'), tmpfs('/data/inner'));
    });
    const targets = (mountinfo ?? []).map((line) => line.split(' ')[4]);
    expect(targets.indexOf('/data/inner')).toBeGreaterThan(targets.indexOf('/data'));
    expect(targets).toContain('/data/inner');
  });

  shows(['mounts-destination-relative'], 'a relative destination is below /', () => {
    const found = report((spec) => {
      spec.process.cwd = '/tmp';
      spec.mounts.push(tmpfs('data/inner'));
    });
    expect(mountAt(found, '/data/inner').fstype).toBe('tmpfs');
  });

  shows(['mount-options-unknown'], 'an option that is none of mount(8) is given to the filesystem', () => {
    const { superOptions } = mountAt(
      report((spec) => {
        spec.mounts.push(tmpfs('/data', 'size=64k', 'mode=750'));
      }),
      '/data',
    );
    expect(superOptions).toEqual(expect.arrayContaining(['size=64k', 'mode=750']));
  });

  shows(['mount-options-unknown', 'values-invalid'], 'an option that the filesystem does not know is an error', () => {
    expectRefused((spec) => {
      spec.mounts.push(tmpfs('/data', 'nosuchoption'));
    });
  });

  for (const [option, seen, not] of SEEN) {
    shows(['mount-options-must'], `${option} has its effect`, () => {
      const { options } = mountAt(
        report((spec) => {
          spec.mounts.push(tmpfs('/data', option));
        }),
        '/data',
      );
      expect(options).toContain(seen);
      if (not !== undefined) expect(options).not.toContain(not);
    });
  }

  for (const option of ['bind', 'rbind'] as const) {
    shows(['mount-options-must'], `${option} shows the files of the source`, () => {
      const text = ask(['cat', '/data/file'], (spec, { path }) => {
        mkdirSync(join(path, 'source'));
        writeFileSync(join(path, 'source', 'file'), 'of the host');
        spec.mounts.push({ destination: '/data', type: 'none', source: join(path, 'source'), options: [option] });
      });
      expect(text).toBe('of the host');
    });
  }

  shows(['mount-options-must'], 'a relative source of a bind mount is resolved from the bundle', () => {
    const text = ask(['cat', '/data/file'], (spec, { path }) => {
      mkdirSync(join(path, 'source'));
      writeFileSync(join(path, 'source', 'file'), 'of the bundle');
      spec.mounts.push({ destination: '/data', type: 'none', source: 'source', options: ['bind'] });
    });
    expect(text).toBe('of the bundle');
  });

  for (const [option, tag] of [
    ['shared', /^shared:/],
    ['unbindable', /^unbindable$/],
  ] as const) {
    shows(['mount-options-must'], `${option} is the propagation of a bind mount`, () => {
      const { propagation } = mountAt(
        report((spec, { path }) => {
          spec.mounts.push({ destination: '/data', type: 'none', source: path, options: ['bind', option] });
        }),
        '/data',
      );
      expect(propagation.some((field) => tag.test(field))).toBe(true);
    });
  }
});
