import { describe, expect, it } from 'vitest';
import type { Spec } from '../../../src/spec/types.js';
import { unsupportedProblems } from '../../../src/spec/unsupported.js';
import { type Json, withChange } from './parsing.js';

function linesOf(change: Json): string[] {
  return unsupportedProblems(withChange(change) as unknown as Spec).map(({ path, message }) => `${path}: ${message}`);
}

const not = (path: string, what: string) => `${path}: ${what} not supported by this version of tsrun`;

describe('unsupportedProblems()', () => {
  it.each<[Json, string[]]>([
    [{ process: { terminal: true } }, [not('process.terminal', 'terminals are')]],
    [{ process: { apparmorProfile: 'p' } }, [not('process.apparmorProfile', 'AppArmor profiles are')]],
    [{ process: { selinuxLabel: 'l' } }, [not('process.selinuxLabel', 'SELinux labels are')]],
    [{ process: { scheduler: { policy: 'SCHED_OTHER' } } }, [not('process.scheduler', 'scheduler attributes are')]],
    [{ process: { ioPriority: { class: 'IOPRIO_CLASS_RT' } } }, [not('process.ioPriority', 'I/O priorities are')]],
    [{ linux: { mountLabel: 'l' } }, [not('linux.mountLabel', 'SELinux labels are')]],
    [{ linux: { seccomp: { defaultAction: 'SCMP_ACT_ALLOW' } } }, [not('linux.seccomp', 'seccomp filters are')]],
    [{ linux: { intelRdt: {} } }, [not('linux.intelRdt', 'Intel RDT is')]],
    [{ linux: { netDevices: { eth0: {} } } }, [not('linux.netDevices', 'network devices are')]],
    [{ linux: { memoryPolicy: { mode: 'MPOL_DEFAULT' } } }, [not('linux.memoryPolicy', 'memory policies are')]],
    [
      {
        mounts: [
          {
            destination: '/a',
            uidMappings: [1],
            gidMappings: [1],
            options: ['bind', 'idmap', 'ridmap', 'idmap=uids=0-1-1'],
          },
        ],
      },
      [
        not('mounts[0].uidMappings', 'id-mapped mounts are'),
        not('mounts[0].gidMappings', 'id-mapped mounts are'),
        not('mounts[0].options[1]', 'id-mapped mounts are'),
        not('mounts[0].options[2]', 'id-mapped mounts are'),
        not('mounts[0].options[3]', 'id-mapped mounts are'),
      ],
    ],
  ])('names what %o asks for', (change, lines) => {
    expect(linesOf(change)).toEqual(lines);
  });

  it.each<[Json]>([
    [{}],
    [{ process: { terminal: false, apparmorProfile: '', execCPUAffinity: { initial: '0' } } }],
    [{ linux: { mountLabel: '', netDevices: {}, resources: {} } }],
    [
      {
        linux: {
          resources: {
            devices: [{ allow: false, access: 'rwm' }],
            memory: { limit: 9007199254740993n, kernel: 1 },
            cpu: { cpus: '0', realtimePeriod: 1 },
            pids: { limit: 0 },
            blockIO: { weight: 500, weightDevice: [{}] },
            hugepageLimits: [{}],
            network: { classID: 1 },
            rdma: { a: { hcaHandles: 1 } },
            unified: { 'memory.max': 'max' },
          },
        },
      },
    ],
  ])('finds nothing in %o', (change) => {
    expect(linesOf(change)).toEqual([]);
  });
});
