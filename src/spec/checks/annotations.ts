// annotations: config.md, "Annotations"; those that ask the runtime for something, docs/annotations.md.

import type { SpecProblem } from '../../base/errors.js';
import { nearestName } from '../../base/nearest-name.js';
import * as names from '../annotations.js';
import { parseFilterProgram } from '../filter-program.js';
import { joinPath } from '../json-path.js';
import type { Spec } from '../types.js';

/** What a container without would be less confined, or not what was asked for. An empty value asks for nothing. */
const REFUSED: Readonly<Record<string, string>> = {
  'run.oci.handler': 'tsrun runs programs itself, and has no handlers',
  'run.oci.seccomp.plugins': 'tsrun loads no plugins, use linux.seccomp.listenerPath',
};

/** What only makes a container different in a way that its author can live without, or have otherwise. */
const IGNORED: Readonly<Record<string, string>> = {
  'run.oci.systemd.subgroup': 'the scope itself is the cgroup of the container',
  'run.oci.systemd.force_cgroup_v1': 'tsrun has cgroup v2 only',
  'run.oci.timens_offset': 'use linux.timeOffsets',
};

/** What a value must be; null where it is. An empty one asks for nothing, but as a switch. */
const VALUES: Readonly<Record<string, (value: string, spec: Spec) => string | null>> = {
  [names.HOOK_OUTPUTS.stdout]: describePath,
  [names.HOOK_OUTPUTS.stderr]: describePath,
  [names.PIDFD_RECEIVER]: describePath,
  [names.FILTER_RECEIVER]: describePath,
  [names.DELEGATE_CGROUP]: describeCgroup,
  [names.FILTER_PROGRAM]: describeProgram,
};

/** "Keys MUST NOT be an empty string." */
export function checkAnnotations(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [name, value] of Object.entries(spec.annotations ?? {})) {
    if (name === '') {
      problems.push({ path: 'annotations', message: 'found an empty key, must not be empty' });
    } else if (name.startsWith(names.RUNTIME_PREFIX) && value !== '') {
      const message = describeValue(spec, name, value);
      if (message !== null) {
        problems.push({ path: joinPath('annotations', name), message });
      }
    }
  }
  return problems;
}

function describeValue(spec: Spec, name: string, value: string): string | null {
  if (Object.hasOwn(REFUSED, name)) {
    return `is not supported: ${REFUSED[name]}`;
  }
  return Object.hasOwn(VALUES, name) ? (VALUES[name]?.(value, spec) ?? null) : null;
}

function describePath(value: string): string | null {
  return value.startsWith('/') ? null : `found ${JSON.stringify(value)}, must be an absolute path`;
}

function describeCgroup(value: string): string | null {
  return value.split('/').includes('..')
    ? `found ${JSON.stringify(value)}, must be a path below the cgroup of the container, without ".."`
    : null;
}

function describeProgram(value: string, spec: Spec): string | null {
  const program = parseFilterProgram(value);
  if (typeof program === 'string') {
    return `is no filter of system calls: ${program}`;
  }
  const hasAgent =
    (spec.linux?.seccomp?.listenerPath ?? '') !== '' || names.readAnnotation(spec, names.FILTER_RECEIVER) !== undefined;
  return program.notifies && !hasAgent
    ? `needs an agent in linux.seccomp.listenerPath or annotations["${names.FILTER_RECEIVER}"], as it answers SECCOMP_RET_USER_NOTIF`
    : null;
}

/** Known ones that tsrun does not do. */
export function warnAnnotations(spec: Spec): SpecProblem[] {
  return Object.entries(spec.annotations ?? {}).flatMap(([name, value]) =>
    value !== '' && Object.hasOwn(IGNORED, name)
      ? [{ path: joinPath('annotations', name), message: `is ignored: ${IGNORED[name]}` }]
      : [],
  );
}

/** config.md: "MUST NOT generate an error if they encounter an unknown annotation". Names of this prefix are nobody else's. */
export function warnAnnotationNames(spec: Spec): SpecProblem[] {
  const known = [...names.HONOURED, ...Object.keys(REFUSED), ...Object.keys(IGNORED)];
  return Object.keys(spec.annotations ?? {}).flatMap((name) => {
    if (!name.startsWith(names.RUNTIME_PREFIX) || known.includes(name)) {
      return [];
    }
    const near = nearestName(name, known);
    const hint = near === undefined ? '' : `, did you mean "${near}"?`;
    return [{ path: joinPath('annotations', name), message: `is ignored: tsrun knows no such annotation${hint}` }];
  });
}
