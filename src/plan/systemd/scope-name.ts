// linux.cgroupsPath for the systemd driver: which scope in which slice, and where systemd puts its cgroup. The form is runc's, docs/systemd.md.

import { SpecError } from '../../base/errors.js';

export interface Scope {
  /** A slice by its full name, `a-b.slice`; `-.slice` is the root slice. */
  readonly slice: string;
  /** The scope's unit name, `tsrun-web.scope`. */
  readonly unit: string;
}

// systemd.unit(5): "must consist of one or more valid characters (ASCII letters, digits, ":", "-", "_", ".", and "\")". A colon cannot come up here.
const UNIT_NAME = /^[A-Za-z0-9\-_.\\]+$/;
/** "The total length of the unit name including the suffix must not exceed 255 characters." */
const MAX_LENGTH = 255;

/**
 * `SLICE:PREFIX:NAME` is PREFIX-NAME.scope in SLICE. An empty SLICE is system.slice, without root user.slice of the user's own manager; `-` is the
 * root slice; without a PREFIX it is NAME.scope. No cgroupsPath at all is the scope tsrun-ID in the default slice.
 * @throws SpecError SPEC_INVALID for anything that systemd would refuse or understand differently.
 */
export function parseScope(cgroupsPath: string, id: string, rootless: boolean): Scope {
  const standard = rootless ? 'user.slice' : 'system.slice';
  if (cgroupsPath === '') {
    return { slice: standard, unit: checkUnit(`tsrun-${escapeName(id)}.scope`) };
  }
  const parts = cgroupsPath.split(':');
  const [slice, prefix, name] = parts;
  if (parts.length !== 3 || slice === undefined || prefix === undefined || name === undefined) {
    throw problem(`found ${JSON.stringify(cgroupsPath)}, must be "SLICE:PREFIX:NAME" with --systemd-cgroup`);
  }
  if (name === '') {
    throw problem(`found ${JSON.stringify(cgroupsPath)}, must name a scope after the second colon`);
  }
  // runc makes a slice of it, for callers that manage pods through its library; a container's processes cannot be in one.
  if (name.endsWith('.slice')) {
    throw problem(`found ${JSON.stringify(name)}, must name a scope: no process can be in a slice itself`);
  }
  const unit = checkUnit(`${prefix === '' ? '' : `${prefix}-`}${name}.scope`);
  const parent = slice === '' ? standard : slice === '-' ? '-.slice' : slice;
  expandSlice(parent);
  return { slice: parent, unit };
}

/**
 * Where a slice is in its manager's tree, by systemd.slice(5): `a-b.slice` is `/a.slice/a-b.slice`, the root slice `-.slice` is ''.
 * @throws SpecError SPEC_INVALID if it is no name of a slice.
 */
export function expandSlice(slice: string): string {
  const name = slice.slice(0, -'.slice'.length);
  if (slice === '-.slice') {
    return '';
  }
  if (slice.includes('/')) {
    throw problem(
      `found slice ${JSON.stringify(slice)}, must be the name of one slice, such as "a-b.slice", and no path`,
    );
  }
  if (!slice.endsWith('.slice') || !UNIT_NAME.test(name) || slice.length > MAX_LENGTH) {
    throw problem(
      `found slice ${JSON.stringify(slice)}, must be a slice such as "a-b.slice", or "-" for the root slice`,
    );
  }
  const components = name.split('-');
  if (components.includes('')) {
    throw problem(`found slice ${JSON.stringify(slice)}, must have a name on both sides of every dash`);
  }
  return components.map((_, last) => `/${escapeCgroup(`${components.slice(0, last + 1).join('-')}.slice`)}`).join('');
}

/**
 * The cgroup of a scope: an absolute path in the cgroup2 tree. `managerCgroup` is where the manager's own tree begins, its property ControlGroup:
 * '' for the system's, `/user.slice/user-1000.slice/user@1000.service` for a user's.
 * @throws SpecError SPEC_INVALID as expandSlice().
 */
export function scopePath({ slice, unit }: Scope, managerCgroup: string): string {
  return `${managerCgroup === '/' ? '' : managerCgroup}${expandSlice(slice)}/${escapeCgroup(unit)}`;
}

function checkUnit(unit: string): string {
  if (!UNIT_NAME.test(unit)) {
    throw problem(`found unit ${JSON.stringify(unit)}, must be of letters, digits and "-_.\\"`);
  }
  if (unit.length > MAX_LENGTH) {
    throw problem(
      `the unit's name has ${unit.length} characters, must have at most ${MAX_LENGTH}: "${unit.slice(0, 64)}..."`,
    );
  }
  return unit;
}

/** As systemd-escape(1); of the characters of an id only `+` needs it. */
function escapeName(id: string): string {
  return id.replace(/[^A-Za-z0-9\-_.]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

// systemd's cg_escape(): a unit whose name could be a file of the kernel's in a cgroup directory gets a directory with "_" before it.
const KERNEL_NAME =
  /^(?:[_.]|cgroup\.|(?:cpu|cpuacct|cpuset|io|blkio|memory|devices|pids|bpf-firewall|bpf-devices|bpf-foreign|bpf-socket-bind|bpf-restrict-network-interfaces)\.[^.]*$)/;

function escapeCgroup(unit: string): string {
  return KERNEL_NAME.test(unit) ? `_${unit}` : unit;
}

function problem(message: string): SpecError {
  return new SpecError('SPEC_INVALID', [{ path: 'linux.cgroupsPath', message }]);
}
