// New user namespaces: ids, what root may do there, and what the container still gets.
import { chownSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BundleOptions, type SpecDraft, setNamespace } from '../support/bundle.js';
import { startHost } from '../support/exec.js';
import { runBundle, runProbe, runReport } from '../support/probe.js';

const ALL_ONES = '000001ffffffffff';

/** Maps 0 to 65535 to 100000 and up, and gives the rootfs to that root. */
const mapped: NonNullable<BundleOptions['mutate']> = (spec, bundle) => {
  setNamespace(spec, 'user');
  spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  spec.linux.gidMappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
  chownSync(bundle.rootfs, 100_000, 200_000);
};

function withMapping(change: (spec: SpecDraft) => void): NonNullable<BundleOptions['mutate']> {
  return (spec, bundle) => {
    mapped(spec, bundle);
    change(spec);
  };
}

describe('a user namespace', () => {
  test.each([true, false])('has the filter of system calls, with noNewPrivileges %s', (noNewPrivileges) => {
    const report = runReport(
      withMapping((spec) => {
        spec.process.noNewPrivileges = noNewPrivileges;
        spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW' };
      }),
    );
    expect([report.seccompMode, report.noNewPrivs]).toEqual(['2', noNewPrivileges ? 1 : 0]);
  });

  test('has a scheduler that its own root could not set', () => {
    const text = runProbe(['scheduling'], {
      mutate: withMapping((spec) => {
        spec.process.scheduler = { policy: 'SCHED_FIFO', priority: 2 };
        spec.process.ioPriority = { class: 'IOPRIO_CLASS_RT', priority: 1 };
      }),
    });
    expect(JSON.parse(text)).toMatchObject({ policy: 1, priority: 2, ioClass: 1, ioLevel: 1 });
  });

  test('has exactly the mappings of config.json', () => {
    const report = runReport(
      withMapping((spec) => {
        spec.linux.uidMappings?.push({ containerID: 70_000, hostID: 300_000, size: 10 });
      }),
    );
    const words = (lines: readonly string[] | null) => lines?.map((line) => line.trim().split(/\s+/).map(Number));
    expect(words(report.uidMap)).toEqual([
      [0, 100_000, 65_536],
      [70_000, 300_000, 10],
    ]);
    expect(words(report.gidMap)).toEqual([[0, 200_000, 65_536]]);
  });

  test('has a root who is somebody else outside', () => {
    const { bundle, status, stderr } = runBundle({ args: ['/probe', 'write', '/made', 'x'], mutate: mapped });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const made = statSync(join(bundle.rootfs, 'made'));
    expect({ uid: made.uid, gid: made.gid }).toEqual({ uid: 100_000, gid: 200_000 });
  });

  test('runs the program as another of its users, with exactly its groups', () => {
    const report = runReport(
      withMapping((spec) => {
        spec.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 7] };
      }),
    );
    const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups } = report;
    expect({ uid, euid, suid, fsuid }).toEqual({ uid: 1000, euid: 1000, suid: 1000, fsuid: 1000 });
    expect({ gid, egid, sgid, fsgid }).toEqual({ gid: 1001, egid: 1001, sgid: 1001, fsgid: 1001 });
    expect([...groups].sort()).toEqual([5, 7]);
  });

  test('gives no capability that config.json does not give', () => {
    const { capEff, capPrm, capBnd, capInh, capAmb } = runReport(mapped);
    expect([capEff, capPrm, capBnd]).toEqual(Array(3).fill('0000000020000420'));
    expect([capInh, capAmb]).toEqual(Array(2).fill('0000000000000000'));
    expect(capEff).not.toBe(ALL_ONES);
  });

  test("has working devices, which are the host's", () => {
    const stat = JSON.parse(runProbe(['stat', '/dev/null'], { mutate: mapped }));
    expect(stat).toMatchObject({ type: 'c', major: 1, minor: 3 });
    expect(runProbe(['cat', '/dev/null'], { mutate: mapped })).toBe('');
  });

  test('has its network, host name and sysctls', () => {
    const report = runReport(
      withMapping((spec) => {
        spec.hostname = 'mapped';
        spec.linux.sysctl = { 'net.ipv4.ip_forward': '1' };
      }),
    );
    expect({ lo: report.loopbackUp, name: report.hostname }).toEqual({ lo: true, name: 'mapped' });
  });

  test("without a mapping for the program's user is refused", () => {
    const { status, stderr } = runBundle({
      mutate: withMapping((spec) => {
        spec.process.user.uid = 70_000;
      }),
    });
    expect(stderr).toMatch(/^tsrun: invalid config\.json: process\.user\.uid: .*70000.*\n$/);
    expect(status).toBe(1);
  });

  test('has a session keyring of its own, which exec joins', () => {
    const host = startHost({ mutate: mapped });
    const { stdout, stderr } = host.exec(['/probe', 'keyring']);
    expect(stderr).toBe('');
    // Its owner is the root of the container.
    expect(stdout).toMatch(new RegExp(`^\\d+ keyring;0;0;[0-9a-f]+;_ses\\.${host.id}\n$`));
    expect(host.exec(['/probe', 'keyring']).stdout).toBe(stdout);
    const without = startHost({ mutate: mapped }, ['--no-new-keyring']);
    expect(without.exec(['/probe', 'keyring']).stdout).not.toContain(without.id);
  });

  test("keeps working without privilege of a mapped root over the rootfs: a missing mount point of root's own directory is an error", () => {
    const { status, stderr } = runBundle({
      mutate: (spec, bundle) => {
        mapped(spec, bundle);
        chownSync(bundle.rootfs, 0, 0);
      },
    });
    expect(stderr).toMatch(/: mount on "\/proc".*: permission denied \(EACCES\)\n/);
    expect(status).toBe(1);
  });
});
