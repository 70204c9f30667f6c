// What create would say after the document has been found right: the plan is compiled, for this host or for one that has everything.

import type { CgroupManager } from '../base/cgroup-manager.js';
import type { SpecProblem } from '../base/errors.js';
import type { HostFacts } from '../base/host-facts.js';
import { compilePlan } from '../plan/compile.js';
import type { Spec } from '../spec/types.js';
import { type Draft, draftOf } from './finding.js';
import type { RuleId } from './rules/index.js';
import { catchProblems } from './specification.js';

export interface PlanSubject {
  /** Absolute path of the bundle. */
  readonly bundle: string;
  readonly rootfs: string;
  readonly cgroupManager: CgroupManager;
  readonly facts: HostFacts;
}

const CONTROLLERS = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'];

/** The facts of a host that has all that tsrun can use, where nothing is to be said of a real one. */
export function completeHost(cgroupManager: CgroupManager): HostFacts {
  const systemd = { busctl: '/usr/bin/busctl', user: false, environment: [], controlGroup: '' };
  return {
    cgroupRoot: '/sys/fs/cgroup',
    ownCgroup: '/',
    hybridCgroup: false,
    hasKcore: true,
    uid: 0,
    inUserNamespace: false,
    ids: null,
    ownsCgroups: null,
    resources: { controllers: CONTROLLERS, cpus: null, mems: null, hugePageSizes: null, hybrid: false },
    systemd: cgroupManager === 'systemd' ? systemd : null,
    securityModules: { appArmor: true, seLinux: true },
    memoryNodes: null,
    // A class may be there already: what cannot be told is not refused.
    resctrl: null,
  };
}

/** What this version refuses of a document that the specification allows, and what it warns of. Expects a spec without problems. */
export function checkPlan(spec: Spec, subject: PlanSubject): Draft[] {
  const compiled = catchProblems(() =>
    compilePlan(spec, subject.facts, {
      ...{ id: 'container', bundle: subject.bundle, rootfs: subject.rootfs, cgroupManager: subject.cgroupManager },
      ...{ noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, barrier: 'none' as const },
    }),
  );
  if ('problems' in compiled) {
    return compiled.problems.map((problem) => {
      const draft = draftOf('plan/refused', problem);
      return problem.ofHost ? { ...draft, rule: hostRule(problem) } : draft;
    });
  }
  return compiled.result.warnings.map(readWarning);
}

function hostRule({ path, message }: SpecProblem): RuleId {
  if (path === 'linux.uidMappings' || path === 'linux.gidMappings') {
    return 'host/id-mapping';
  }
  return message.includes('has no controller') ? 'host/controller' : 'host/refused';
}

/** Warnings of the compiler are sentences, most of which begin with a path. */
function readWarning(text: string): Draft {
  const match = /^([A-Za-z]\w*(?:\.[\w-]+|\[\d+\]|\["(?:[^"\\]|\\.)*"\])*): (.*)$/s.exec(text);
  return match === null
    ? { rule: 'plan/no-effect', keys: [], message: text }
    : draftOf('plan/no-effect', { path: match[1] ?? '', message: match[2] ?? '' });
}
