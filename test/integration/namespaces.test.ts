// New namespaces: each differs from the host's and has what belongs to it.
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { setNamespace, shareNamespace } from '../support/bundle.js';
import { runProbe, runReport } from '../support/probe.js';

const FILES = {
  pid: 'pid',
  network: 'net',
  ipc: 'ipc',
  uts: 'uts',
  mount: 'mnt',
  cgroup: 'cgroup',
  time: 'time',
} as const;

function hostNamespace(file: string): string {
  return readlinkSync(`/proc/self/ns/${file}`);
}

describe('a new namespace', () => {
  for (const [type, file] of Object.entries(FILES) as [keyof typeof FILES, string][]) {
    test(`of type ${type} is not the host's`, () => {
      const report = runReport((spec) => setNamespace(spec, type));
      expect(report.namespaces[file]).toMatch(new RegExp(`^${file}:\\[\\d+\\]$`));
      expect(report.namespaces[file]).not.toBe(hostNamespace(file));
    });
  }

  for (const [type, file] of [
    ['network', 'net'],
    ['ipc', 'ipc'],
    ['cgroup', 'cgroup'],
    ['pid', 'pid'],
  ] as const) {
    test(`of type ${type} is not made when it is not asked for`, () => {
      const report = runReport((spec) => {
        shareNamespace(spec, type);
        // What only the owner of the namespace may mount.
        if (type === 'ipc') spec.mounts = spec.mounts.filter(({ destination }) => destination !== '/dev/mqueue');
      });
      expect(report.namespaces[file]).toBe(hostNamespace(file));
    });
  }

  test("of type uts is not made when it is not asked for, and the host name is the host's", () => {
    const report = runReport((spec) => {
      shareNamespace(spec, 'uts');
      delete spec.hostname;
    });
    expect(report.namespaces.uts).toBe(hostNamespace('uts'));
    expect(report.hostname).toBe(readFileSync('/proc/sys/kernel/hostname', 'utf8').trim());
  });

  test('of type pid makes the program process 1, without a parent it could see', () => {
    const { pid, ppid, sid, nsPids } = runReport();
    expect({ pid, ppid, sid, nsPids }).toEqual({ pid: 1, ppid: 0, sid: 1, nsPids: '1' });
  });

  test('of type network has its loopback up', () => {
    expect(runReport().loopbackUp).toBe(true);
  });

  test('of type network has no other interface', () => {
    expect(runProbe(['ls', '/sys/class/net'])).toBe('lo\n');
  });

  test('of type uts has the host name and the domain name of config.json', () => {
    const hostBefore = readFileSync('/proc/sys/kernel/hostname', 'utf8');
    const { hostname, domainname } = runReport((spec) => {
      spec.hostname = 'ein-name';
      spec.domainname = 'example.org';
    });
    expect({ hostname, domainname }).toEqual({ hostname: 'ein-name', domainname: 'example.org' });
    expect(readFileSync('/proc/sys/kernel/hostname', 'utf8')).toBe(hostBefore);
  });

  test("of type cgroup shows the container's cgroup as the root", () => {
    expect(runReport().cgroup).toContain('0::/');
  });

  test('of type cgroup is made after init is in its cgroup: without it, the cgroup is seen from outside', () => {
    const report = runReport((spec) => shareNamespace(spec, 'cgroup'));
    expect(report.cgroup?.find((line) => line.startsWith('0::'))).toMatch(/^0::\/test-[\d-]+$/);
  });

  test('of type time has the offsets of config.json', () => {
    const offsets = runProbe(['cat', '/proc/self/timens_offsets'], {
      mutate: (spec) => {
        setNamespace(spec, 'time');
        spec.linux.timeOffsets = { monotonic: { secs: 1000, nanosecs: 5 }, boottime: { secs: 864_000, nanosecs: 0 } };
      },
    });
    expect(
      offsets
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/)),
    ).toEqual([
      ['monotonic', '1000', '5'],
      ['boottime', '864000', '0'],
    ]);
  });

  test('of type time is the one the program itself is in', () => {
    const uptime = runProbe(['cat', '/proc/uptime'], {
      mutate: (spec) => {
        setNamespace(spec, 'time');
        spec.linux.timeOffsets = { boottime: { secs: 864_000, nanosecs: 0 } };
      },
    });
    const host = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    expect(Number(uptime.split(' ')[0]) - host).toBeGreaterThan(863_000);
  });
});
