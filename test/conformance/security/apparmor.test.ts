// process.apparmorProfile, where the kernel has AppArmor.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BundleOptions } from '../../support/bundle.js';
import { type Host, startHost } from '../../support/exec.js';
import { runBundle } from '../../support/probe.js';

/** Allows all but to read /secret. The machine is thrown away, so nobody removes it. */
const NAME = 'tsrun-conformance';
const PROFILE = `profile ${NAME} flags=(attach_disconnected) {
  file,
  capability,
  network,
  signal,
  ptrace,
  mount,
  unix,
  deny /secret r,
}
`;

const READ_SECRET = ['/probe', 'cat', '/secret'];
const READ_LABEL = ['/probe', 'cat', '/proc/self/attr/current'];

function runConfined(apparmorProfile: string | undefined, args: readonly string[], options: BundleOptions = {}) {
  return runBundle({
    args,
    fill: (rootfs) => writeFileSync(join(rootfs, 'secret'), 'a secret\n'),
    mutate: (spec, bundle) => {
      if (apparmorProfile !== undefined) spec.process.apparmorProfile = apparmorProfile;
      options.mutate?.(spec, bundle);
    },
  });
}

beforeAll(() => {
  execFileSync('apparmor_parser', ['--replace', '--skip-cache'], { input: PROFILE });
});

test('the kernel of this machine has AppArmor', () => {
  expect(readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8')).toBe('Y\n');
});

describe('an AppArmor profile', () => {
  test.each([true, false])('confines the program, with noNewPrivileges %s', (noNewPrivileges) => {
    const options: BundleOptions = {
      mutate: (spec) => {
        spec.process.noNewPrivileges = noNewPrivileges;
      },
    };
    expect(runConfined(NAME, READ_LABEL, options).stdout).toBe(`${NAME} (enforce)\n`);
    expect(runConfined(NAME, READ_SECRET, options)).toMatchObject({
      status: 1,
      stderr: 'probe: /secret: Permission denied (EACCES)\n',
    });
  });

  test('confines a program of another user with a filter of system calls', () => {
    const options: BundleOptions = {
      mutate: (spec) => {
        spec.process.user = { uid: 1000, gid: 1000 };
        spec.process.capabilities = {};
        spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
      },
    };
    expect(runConfined(NAME, READ_LABEL, options)).toMatchObject({ status: 0, stdout: `${NAME} (enforce)\n` });
  });

  test('can be none, by name or by not being there', () => {
    for (const profile of ['unconfined', '', undefined]) {
      expect(runConfined(profile, READ_LABEL).stdout).toBe('unconfined\n');
      expect(runConfined(profile, READ_SECRET).stdout).toBe('a secret\n');
    }
  });

  test('that is not loaded is an error that says so, and nothing runs', () => {
    const { status, stdout, stderr } = runConfined('no-such-profile', READ_SECRET);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('set the AppArmor profile "no-such-profile": no such file or directory (ENOENT)');
    expect(stderr).toContain('no such profile is loaded');
  });
});

describe('exec', () => {
  const labelOf = (host: Host, flags: readonly string[] = []) => host.exec(READ_LABEL, flags).stdout;

  test("is confined as the container's own process", () => {
    const host = startHost({ mutate: (spec) => Object.assign(spec.process, { apparmorProfile: NAME }) });
    expect(labelOf(host)).toBe(`${NAME} (enforce)\n`);
    expect(labelOf(host, ['--apparmor', 'unconfined'])).toBe('unconfined\n');
  });

  test('is confined by --apparmor in a container that is not', () => {
    const host = startHost();
    expect(labelOf(host)).toBe('unconfined\n');
    expect(labelOf(host, ['--apparmor', NAME])).toBe(`${NAME} (enforce)\n`);
    const { status, stderr } = host.exec(['/probe', 'true'], ['--apparmor', 'no-such-profile']);
    expect(status).toBe(255);
    expect(stderr).toContain('set the AppArmor profile "no-such-profile": no such file or directory (ENOENT)');
  });
});

test('SELinux is not enabled beside it, so its labels are refused', () => {
  const label = 'system_u:system_r:container_t:s0';
  for (const mutate of [
    ((spec) => Object.assign(spec.process, { selinuxLabel: label })) as NonNullable<BundleOptions['mutate']>,
    ((spec) => Object.assign(spec.linux, { mountLabel: label })) as NonNullable<BundleOptions['mutate']>,
  ]) {
    const { status, stderr } = runBundle({ mutate });
    expect(status).toBe(1);
    expect(stderr).toContain('SELinux is not enabled on this host');
  }
});
