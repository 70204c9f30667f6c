// mounts: config.md, "Mounts". What the words of `options` mean is the plan's; here is only what must not be asked for.

import type { SpecProblem } from '../../base/errors.js';
import { cleanPath } from '../lexical-path.js';
import type { Mount, Spec } from '../types.js';
import { checkLines } from './id-mappings.js';

/** What lxcfs gives containers their own version of, the list of runc; all else in /proc must be the kernel's (CVE-2019-16884). */
function isReplaceable(path: string): boolean {
  switch (path) {
    case '/proc/cpuinfo':
    case '/proc/diskstats':
    case '/proc/loadavg':
    case '/proc/meminfo':
    case '/proc/slabinfo':
    case '/proc/stat':
    case '/proc/swaps':
    case '/proc/sys/crypto/fips_enabled':
    case '/proc/sys/kernel/ns_last_pid':
    case '/proc/uptime':
      return true;
    default:
      return false;
  }
}

export function checkMounts(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    const path = `mounts[${index}]`;
    const bind = isBind(mount);
    if (bind && (mount.source ?? '') === '') {
      problems.push({ path: `${path}.source`, message: 'found nothing, must be set for a bind mount' });
    }
    if (!bind && (mount.type ?? '') === '') {
      problems.push({ path: `${path}.type`, message: 'found nothing, must be set for what is no bind mount' });
    }
    const message = describeDestination(mount, bind);
    if (message !== null) {
      problems.push({ path: `${path}.destination`, message: `found ${JSON.stringify(mount.destination)}, ${message}` });
    }
    if (mount.uidMappings !== undefined || mount.gidMappings !== undefined) {
      problems.push(...checkMountMappings(mount, path));
    }
  }
  return problems;
}

/** config.md: destination MUST be absolute; runc and crun resolve one that is not against the root, and callers rely on it. */
export function warnMounts(spec: Spec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  for (const [index, { destination }] of (spec.mounts ?? []).entries()) {
    if (!destination.startsWith('/')) {
      const message = `${JSON.stringify(destination)} is not absolute, "${cleanPath(destination)}" is used`;
      problems.push({ path: `mounts[${index}].destination`, message });
    }
  }
  return problems;
}

function describeDestination(mount: Mount, bind: boolean): string | null {
  const destination = cleanPath(mount.destination);
  if (destination === '/') {
    return 'must not be the root';
  }
  if (destination === '/proc') {
    const source = mount.source ?? '';
    const isProc = bind ? source.startsWith('/') && /^\/proc(?:\/|$)/.test(cleanPath(source)) : mount.type === 'proc';
    return isProc ? null : 'must be a mount of type "proc" or a bind of one';
  }
  return destination.startsWith('/proc/') && !isReplaceable(destination) ? 'must not be inside /proc' : null;
}

// config.md, "POSIX-platform Mounts": both or none, and each has the form of the container's own.
function checkMountMappings(mount: Mount, path: string): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const uids = mount.uidMappings ?? [];
  const gids = mount.gidMappings ?? [];
  if (uids.length === 0 && gids.length > 0) {
    problems.push({ path: `${path}.uidMappings`, message: 'found nothing, must be set together with gidMappings' });
  }
  if (gids.length === 0 && uids.length > 0) {
    problems.push({ path: `${path}.gidMappings`, message: 'found nothing, must be set together with uidMappings' });
  }
  return problems.concat(checkLines(uids, `${path}.uidMappings`), checkLines(gids, `${path}.gidMappings`));
}

function isBind({ options }: Mount): boolean {
  return options !== undefined && (options.includes('bind') || options.includes('rbind'));
}
