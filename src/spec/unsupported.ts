// What config.json may ask for and this version cannot do yet. Each is refused by name: ignoring it would be a container that is not the one asked for.

import type { SpecProblem } from '../base/errors.js';
import type { Linux, Mount, Process, Spec } from './types.js';

/** Everything in the spec that cannot be honoured; empty for one that tsrun can run. An empty value asks for nothing. */
export function unsupportedProblems(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (spec.process !== undefined) {
    listProcess(problems, spec.process);
  }
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    listMount(problems, mount, `mounts[${index}]`);
  }
  if (spec.linux !== undefined) {
    listLinux(problems, spec.linux);
  }
  return problems;
}

// execCPUAffinity is not here: it concerns exec alone.
function listProcess(problems: SpecProblem[], process: Process): void {
  refuse(problems, 'process.terminal', process.terminal, 'terminals are');
  refuse(problems, 'process.apparmorProfile', process.apparmorProfile, 'AppArmor profiles are');
  refuse(problems, 'process.selinuxLabel', process.selinuxLabel, 'SELinux labels are');
  refuse(problems, 'process.scheduler', process.scheduler, 'scheduler attributes are');
  refuse(problems, 'process.ioPriority', process.ioPriority, 'I/O priorities are');
}

function listMount(problems: SpecProblem[], mount: Mount, path: string): void {
  refuse(problems, `${path}.uidMappings`, mount.uidMappings, 'id-mapped mounts are');
  refuse(problems, `${path}.gidMappings`, mount.gidMappings, 'id-mapped mounts are');
  for (const [index, option] of (mount.options ?? []).entries()) {
    if (option === 'idmap' || option === 'ridmap' || option.startsWith('idmap=') || option.startsWith('ridmap=')) {
      refuse(problems, `${path}.options[${index}]`, option, 'id-mapped mounts are');
    }
  }
}

function listLinux(problems: SpecProblem[], linux: Linux): void {
  refuse(problems, 'linux.mountLabel', linux.mountLabel, 'SELinux labels are');
  refuse(problems, 'linux.seccomp', linux.seccomp, 'seccomp filters are');
  // For intelRdt being there is the request: the container gets a directory of its own in resctrl.
  if (linux.intelRdt !== undefined) {
    refuse(problems, 'linux.intelRdt', true, 'Intel RDT is');
  }
  refuse(problems, 'linux.netDevices', Object.keys(linux.netDevices ?? {}), 'network devices are');
  refuse(problems, 'linux.memoryPolicy', linux.memoryPolicy, 'memory policies are');
}

function refuse(problems: SpecProblem[], path: string, value: unknown, what: string): void {
  if (asksForSomething(value)) {
    problems.push({ path, message: `${what} not supported by this version of tsrun` });
  }
}

function asksForSomething(value: unknown): boolean {
  if (value === undefined || value === false || value === '') {
    return false;
  }
  if (Array.isArray(value)) {
    return value.length > 0;
  }
  return typeof value !== 'object' || value === null || Object.values(value).some(asksForSomething);
}
