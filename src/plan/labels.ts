// What security modules know a container by: process.apparmorProfile, process.selinuxLabel, linux.mountLabel.

import type { Spec } from '../spec/types.js';
import { addProblem, type CompileContext, type ProgramContext } from './context.js';
import type { Op } from './ops.js';

/** Refuses what no security module of this host could make true; nothing of it is asked of a host whose facts were not read for it. */
export function checkSecurityModules(context: CompileContext): void {
  const { process, linux } = context.spec;
  const modules = context.facts.securityModules;
  if (modules === null) {
    return;
  }
  const refuse = (path: string, label: string | undefined, name: string, enabled: boolean): void => {
    if (label !== undefined && label !== '' && !enabled) {
      context.problems.push({ path, message: `${name} is not enabled on this host`, ofHost: true });
    }
  };
  refuse('process.apparmorProfile', process?.apparmorProfile, 'AppArmor', modules.appArmor);
  refuse('process.selinuxLabel', process?.selinuxLabel, 'SELinux', modules.seLinux);
  refuse('linux.mountLabel', linux?.mountLabel, 'SELinux', modules.seLinux);
}

/** True if config.json has a label of some security module. */
export function asksForLabels({ process, linux }: Spec): boolean {
  return [process?.apparmorProfile, process?.selinuxLabel, linux?.mountLabel].some((label) => (label ?? '') !== '');
}

/** In force when the program is executed. Before no_new_privs, as in runc: what it leaves possible is the module's to decide. */
export function setProcessLabels(context: ProgramContext): Op[] {
  const { apparmorProfile = '', selinuxLabel = '' } = context.spec.process ?? {};
  const ops: Op[] = [];
  if (selinuxLabel !== '') {
    ops.push({ op: 'set-selinux-label', label: selinuxLabel });
  }
  if (apparmorProfile !== '') {
    ops.push({ op: 'set-apparmor-profile', profile: apparmorProfile });
  }
  return ops;
}

// These have labels of their own in every policy, and refuse another.
const WITHOUT_LABEL = new Set(['proc', 'sysfs', 'cgroup2', 'mqueue']);

/** crun's annotation: which of the context options of mount(8) linux.mountLabel becomes. */
const CONTEXT_TYPE = 'run.oci.mount_context_type';
const CONTEXT_TYPES: readonly string[] = ['context', 'fscontext', 'defcontext', 'rootcontext'];

/** The option of a new mount that gives what is in it linux.mountLabel. */
export function mountLabelOptions({ spec }: CompileContext, fstype: string): string[] {
  const label = spec.linux?.mountLabel ?? '';
  return label === '' || WITHOUT_LABEL.has(fstype) ? [] : [`${spec.annotations?.[CONTEXT_TYPE] ?? 'context'}=${label}`];
}

/** Refuses an annotation that names no option of a label. */
export function checkContextType(context: CompileContext): void {
  const type = context.spec.annotations?.[CONTEXT_TYPE];
  if (type !== undefined && !CONTEXT_TYPES.includes(type)) {
    const message = `found ${JSON.stringify(type)}, must be one of ${CONTEXT_TYPES.join(', ')}`;
    addProblem(context, `annotations["${CONTEXT_TYPE}"]`, message);
  }
}

/** A mqueue takes its label only when it is there. */
export function labelMount({ spec }: CompileContext, fstype: string, slot: number): Op[] {
  const label = spec.linux?.mountLabel ?? '';
  return label === '' || fstype !== 'mqueue' ? [] : [{ op: 'label-mount', slot, label }];
}

/** The session keyring is made with the label of the program, which could not use it otherwise; init's own later keys are not. */
export function labelKeyring(context: ProgramContext, joinKeyring: readonly Op[]): readonly Op[] {
  const { selinuxLabel = '' } = context.spec.process ?? {};
  if (selinuxLabel === '' || joinKeyring.length === 0) {
    return joinKeyring;
  }
  return [{ op: 'label-keys', label: selinuxLabel }, ...joinKeyring, { op: 'label-keys', label: '' }];
}
