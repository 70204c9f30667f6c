// config-linux.md: "Sysctl", "Rootfs Mount Propagation", "Masked Paths", "Readonly Paths" and "Personality".
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { shareNamespace } from '../../support/bundle.js';
import { mountAt } from '../../support/probe.js';
import { ask, expectRefused, report, run } from '../container.js';
import { shows } from '../shows.js';

function fillSecret(rootfs: string): void {
  mkdirSync(join(rootfs, 'secret'));
  writeFileSync(join(rootfs, 'secret', 'file'), 'content');
}

describe('config-linux.md, Sysctl', () => {
  shows(['lifecycle-environment'], 'parameters have the values of config.json', () => {
    const value = ask(['cat', '/proc/sys/net/ipv4/ip_default_ttl'], (spec) => {
      spec.linux.sysctl = { 'net.ipv4.ip_default_ttl': '77' };
    });
    expect(value.trim()).toBe('77');
  });

  for (const [name, namespace] of [
    ['net.ipv4.ip_default_ttl', 'network'],
    ['kernel.shm_rmid_forced', 'ipc'],
  ] as const) {
    shows(['values-invalid'], `${name} without a ${namespace} namespace is an error: it would be the host's`, () => {
      expectRefused((spec) => {
        shareNamespace(spec, namespace);
        if (namespace === 'network') spec.mounts = spec.mounts.filter((mount) => mount.type !== 'sysfs');
        spec.linux.sysctl = { [name]: '1' };
      });
    });
  }

  shows(['values-invalid'], 'a parameter that no namespace has is an error', () => {
    expectRefused((spec) => {
      spec.linux.sysctl = { 'vm.swappiness': '60' };
    });
  });
});

describe('config-linux.md, Masked Paths', () => {
  shows(['lifecycle-environment'], 'a masked file cannot be read', () => {
    const text = ask(['cat', '/secret/file'], (spec) => spec.linux.maskedPaths.push('/secret/file'), {
      fill: fillSecret,
    });
    expect(text).toBe('');
  });

  shows(['lifecycle-environment'], 'a masked directory is empty', () => {
    expect(ask(['ls', '/secret'], (spec) => spec.linux.maskedPaths.push('/secret'), { fill: fillSecret })).toBe('');
  });

  shows(['lifecycle-environment'], 'a masked path that is not there is no error', () => {
    expect(ask(['true'], (spec) => spec.linux.maskedPaths.push('/absent/file'))).toBe('');
  });

  shows(['masked-paths-absolute'], 'a relative path to be masked is an error', () => {
    expectRefused((spec) => spec.linux.maskedPaths.push('proc/kcore'));
  });
});

describe('config-linux.md, Readonly Paths', () => {
  shows(['lifecycle-environment'], 'a read-only path cannot be written', () => {
    const { status, stderr } = run({
      args: ['/probe', 'write', '/secret/file', 'x'],
      fill: fillSecret,
      mutate: (spec) => spec.linux.readonlyPaths.push('/secret'),
    });
    expect(stderr).toContain('Read-only file system');
    expect(status).not.toBe(0);
  });

  shows(['readonly-paths-absolute'], 'a relative path to be read-only is an error', () => {
    expectRefused((spec) => spec.linux.readonlyPaths.push('proc/sys'));
  });
});

describe('config-linux.md, Rootfs Mount Propagation', () => {
  for (const [word, tag] of [
    ['shared', /^shared:\d+$/],
    ['slave', /^master:\d+$/],
    ['private', null],
    ['unbindable', /^unbindable$/],
  ] as const) {
    shows(['lifecycle-environment'], `${word} is that of the root`, () => {
      const { propagation } = mountAt(
        report((spec) => {
          spec.linux.rootfsPropagation = word;
        }),
        '/',
      );
      if (tag === null) expect(propagation).toEqual([]);
      else if (word !== 'slave') expect(propagation.some((field) => tag.test(field))).toBe(true);
      else expect(propagation.some((field) => field.startsWith('shared:'))).toBe(false);
    });
  }
});

describe('config-linux.md, Personality', () => {
  shows(['lifecycle-environment'], 'LINUX32 shows a 32-bit machine', () => {
    const { machine } = report((spec) => {
      spec.linux.personality = { domain: 'LINUX32' };
    });
    expect(machine).toMatch(/^(i[3-6]86|armv8l|armv7l)$/);
  });
});
