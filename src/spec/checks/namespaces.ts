// linux.namespaces and what cannot be without one of them: config-linux.md, "Namespaces" and "Offset for Time Namespace".

import type { SpecProblem } from '../../base/errors.js';
import { joinPath } from '../json-path.js';
import { findNamespace } from '../namespaces.js';
import type { NamespaceType, Spec } from '../types.js';

/** Linux, include/uapi/linux/utsname.h: __NEW_UTS_LEN. */
const MAX_NAME_BYTES = 64;

/** Each type once ("MUST generate an error"), paths absolute. */
export function checkNamespaces(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const seen = new Set<string>();
  for (const [index, { type, path }] of (spec.linux?.namespaces ?? []).entries()) {
    if (seen.has(type)) {
      problems.push({ path: `linux.namespaces[${index}].type`, message: `found "${type}" twice, must be there once` });
    }
    seen.add(type);
    if (path !== undefined && !path.startsWith('/')) {
      problems.push({
        path: `linux.namespaces[${index}].path`,
        message: `found ${JSON.stringify(path)}, must be an absolute path`,
      });
    }
  }
  return problems;
}

/** What would change the host, or fail, if the container had no namespace of its own for it. */
export function checkNamespaceNeeds(spec: Spec): SpecProblem[] {
  const { linux } = spec;
  const problems: SpecProblem[] = [];
  const need = (type: NamespaceType, path: string, asked: boolean): void => {
    if (asked && findNamespace(spec, type) === undefined) {
      problems.push({ path, message: `needs a namespace of type "${type}", linux.namespaces has none` });
    }
  };
  need('uts', 'hostname', isSet(spec.hostname));
  need('uts', 'domainname', isSet(spec.domainname));
  need('mount', 'mounts', isSet(spec.mounts));
  need('mount', 'root.readonly', spec.root?.readonly === true);
  need('mount', 'linux.maskedPaths', isSet(linux?.maskedPaths));
  need('mount', 'linux.readonlyPaths', isSet(linux?.readonlyPaths));
  need('mount', 'linux.rootfsPropagation', isSet(linux?.rootfsPropagation));
  need('time', 'linux.timeOffsets', Object.keys(linux?.timeOffsets ?? {}).length > 0);
  need('network', 'linux.netDevices', Object.keys(linux?.netDevices ?? {}).length > 0);
  return problems;
}

/** The clocks of time_namespaces(7), and offsets that the kernel's text form can state. */
export function checkTimeOffsets(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const offsets = spec.linux?.timeOffsets ?? {};
  if (Object.keys(offsets).length > 0 && findNamespace(spec, 'time')?.path !== undefined) {
    // time_namespaces(7): they can be written only before the first process is in it.
    const message = 'found offsets for a time namespace with a path: it has its own already';
    problems.push({ path: 'linux.timeOffsets', message });
  }
  for (const [clock, { nanosecs }] of Object.entries(offsets)) {
    const path = joinPath('linux.timeOffsets', clock);
    if (clock !== 'boottime' && clock !== 'monotonic') {
      problems.push({ path, message: `found the clock ${JSON.stringify(clock)}, must be "boottime" or "monotonic"` });
    }
    if (nanosecs !== undefined && nanosecs > 999_999_999) {
      problems.push({ path: `${path}.nanosecs`, message: `found ${nanosecs}, must be from 0 to 999999999` });
    }
  }
  return problems;
}

/** sethostname(2): at most 64 bytes; that is checked here because the helper would find it out only when all the rest is made. */
export function checkHostname(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const key of ['hostname', 'domainname'] as const) {
    const name = spec[key] ?? '';
    // UTF-8 has at most three bytes for each unit of a string.
    if (name.length * 3 > MAX_NAME_BYTES && new TextEncoder().encode(name).length > MAX_NAME_BYTES) {
      problems.push({ path: key, message: `found a name of more than ${MAX_NAME_BYTES} bytes, must be shorter` });
    }
  }
  return problems;
}

// Go's encoder, and so most callers, cannot tell an empty string or list from an absent one.
function isSet(value: string | readonly unknown[] | undefined): boolean {
  return value !== undefined && value.length > 0;
}
