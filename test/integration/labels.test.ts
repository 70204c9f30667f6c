// Labels of security modules on a host that has none of them; where there is one, test/conformance/security tries it.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { BundleOptions } from '../support/bundle.js';
import { startHost } from '../support/exec.js';
import { runBundle } from '../support/probe.js';

const PARAMETER = '/sys/module/apparmor/parameters/enabled';
const hasAppArmor = existsSync(PARAMETER) && readFileSync(PARAMETER, 'utf8').startsWith('Y');
const hasSeLinux = existsSync('/sys/fs/selinux/enforce');

const profile: BundleOptions['mutate'] = (spec) => Object.assign(spec.process, { apparmorProfile: 'web' });
const label: BundleOptions['mutate'] = (spec) => Object.assign(spec.process, { selinuxLabel: 'a:b:c:s0' });
const mountLabel: BundleOptions['mutate'] = (spec) => Object.assign(spec.linux, { mountLabel: 'a:b:c:s0' });

describe('where the host has no such module', () => {
  test.skipIf(hasAppArmor)('an AppArmor profile is refused, and nothing runs (needs a host without AppArmor)', () => {
    const { status, stdout, stderr } = runBundle({ mutate: profile });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'tsrun: cannot use config.json: process.apparmorProfile: AppArmor is not enabled on this host\n',
    });
  });

  test.skipIf(hasSeLinux)('SELinux labels are refused, and nothing runs (needs a host without SELinux)', () => {
    for (const [mutate, path] of [
      [label, 'process.selinuxLabel'],
      [mountLabel, 'linux.mountLabel'],
    ] as const) {
      const { status, stdout, stderr } = runBundle({ mutate });
      expect({ status, stdout, stderr }).toEqual({
        status: 1,
        stdout: '',
        stderr: `tsrun: cannot use config.json: ${path}: SELinux is not enabled on this host\n`,
      });
    }
  });

  test.skipIf(hasAppArmor)('exec --apparmor fails, and says so (needs a host without AppArmor)', () => {
    const { status, stdout, stderr } = startHost().exec(['/probe', 'true'], ['--apparmor', 'web']);
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toContain('set the AppArmor profile "web"');
    expect(stderr).toContain('hint: AppArmor is not enabled on this host');
  });

  test.skipIf(hasSeLinux)('exec --process-label fails, and says so (needs a host without SELinux)', () => {
    const { status, stderr } = startHost().exec(['/probe', 'true'], ['--process-label', 'a:b:c:s0']);
    expect(status).toBe(255);
    expect(stderr).toContain('set the SELinux label "a:b:c:s0"');
    expect(stderr).toContain('hint: SELinux is not enabled on this host');
  });
});

test('empty labels ask for nothing', () => {
  const { status, stderr } = runBundle({
    args: ['/probe', 'true'],
    mutate: (spec) => {
      Object.assign(spec.process, { apparmorProfile: '', selinuxLabel: '' });
      spec.linux.mountLabel = '';
    },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
