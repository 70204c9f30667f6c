// Limits that are not there, and settings that reach beyond the container.

import type { Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { Keys } from '../pointer.js';

export function auditLimits({ linux }: Spec): Draft[] {
  const { memory, pids, unified = {} } = linux?.resources ?? {};
  const keys: Keys = ['linux', 'resources'];
  const drafts: Draft[] = [];
  if (!isPositive(memory?.limit) && unified['memory.max'] === undefined) {
    const message = 'the container can take all memory of the host';
    drafts.push({
      rule: 'audit/no-limit',
      keys: [...keys, 'memory', 'limit'],
      message,
      hint: 'set linux.resources.memory.limit',
    });
  }
  if (!isPositive(pids?.limit) && unified['pids.max'] === undefined) {
    const message = 'the container can take all process ids of the host (a fork bomb)';
    drafts.push({
      rule: 'audit/no-limit',
      keys: [...keys, 'pids', 'limit'],
      message,
      hint: 'set linux.resources.pids.limit',
    });
  }
  return drafts;
}

function isPositive(limit: number | bigint | undefined): boolean {
  return limit !== undefined && limit > 0;
}

export function auditSysctls({ linux }: Spec): Draft[] {
  return Object.keys(linux?.sysctl ?? {}).map((name) => ({
    rule: 'audit/sysctl',
    keys: ['linux', 'sysctl', name],
    message: `the parameter ${JSON.stringify(name)} of the kernel is set`,
    hint: 'whoever shares the namespace has it as well',
    ofKey: true,
  }));
}

const RUNTIME_HOOKS = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const;

/** startContainer hooks are programs of the image, and as confined. */
export function auditHooks({ hooks }: Spec): Draft[] {
  return RUNTIME_HOOKS.flatMap((kind) =>
    (hooks?.[kind] ?? []).map(({ path }, index) => ({
      rule: 'audit/hook' as const,
      keys: ['hooks', kind, index, 'path'],
      message: `${JSON.stringify(path)} runs on the host with all rights of the runtime`,
      hint: 'nobody else should be able to write it, nor a directory above it',
    })),
  );
}

/** Prefixes of annotations that are instructions: `features` names them as well, as potentially unsafe. */
const INSTRUCTIONS = ['org.systemd.property.', 'run.oci.', 'org.criu.', 'io.katacontainers.', 'module.wasm.image/'];

export function auditAnnotations({ annotations }: Spec): Draft[] {
  return Object.keys(annotations ?? {}).flatMap((name): Draft[] => {
    const prefix = INSTRUCTIONS.find((start) => name.startsWith(start));
    const message = `${JSON.stringify(name)} is an instruction to the runtime${prefix === INSTRUCTIONS[0] ? ', and to systemd' : ''}`;
    const hint = 'do not take it over from whom you do not trust';
    return prefix === undefined
      ? []
      : [{ rule: 'audit/annotation', keys: ['annotations', name], message, hint, ofKey: true }];
  });
}

export function auditScore({ process }: Spec): Draft[] {
  const score = process?.oomScoreAdj ?? 0;
  const message = `with ${score} the kernel kills processes of the host before this one when memory runs out`;
  const hint = 'leave it out, or set it to 0 or more';
  return score < 0 ? [{ rule: 'audit/out-of-memory', keys: ['process', 'oomScoreAdj'], message, hint }] : [];
}
