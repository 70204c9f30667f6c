// linux.devices, the devices every container has, and the links in /dev.

import { cleanPath } from '../spec/lexical-path.js';
import type { Spec } from '../spec/types.js';
import { addProblem, type CompileContext, hasMountNamespace, isInUserNamespace, takeSlot } from './context.js';
import { isDevBound } from './mounts.js';
import type { Op } from './ops.js';

type Device = NonNullable<NonNullable<Spec['linux']>['devices']>[number];

export interface DeviceOps {
  /** Nodes of the host, taken in the runtime's mount namespace. */
  readonly open: Op[];
  readonly make: Op[];
}

// config-linux.md, "Default Devices".
const DEFAULT_DEVICES: readonly Device[] = [
  { path: '/dev/null', type: 'c', major: 1, minor: 3 },
  { path: '/dev/zero', type: 'c', major: 1, minor: 5 },
  { path: '/dev/full', type: 'c', major: 1, minor: 7 },
  { path: '/dev/random', type: 'c', major: 1, minor: 8 },
  { path: '/dev/urandom', type: 'c', major: 1, minor: 9 },
  { path: '/dev/tty', type: 'c', major: 5, minor: 0 },
];

/** The nodes and links of /dev; none where config.json binds a /dev, which is the host's then. */
export function compileDevices(context: CompileContext): DeviceOps {
  const ops: DeviceOps = { open: [], make: [] };
  if (isDevBound(context)) {
    return ops;
  }
  if (isInUserNamespace(context) && !hasMountNamespace(context)) {
    addProblem(
      context,
      'linux.namespaces',
      'a user namespace needs a mount namespace too: devices are bound from the host',
    );
  }
  for (const [device, path] of mergeDevices(context)) {
    // mknod(2) of a device is not for a user namespace: the host's node is bound instead. A FIFO is no device and has none there.
    if (isInUserNamespace(context) && device.type !== 'p') {
      const slot = takeSlot(context, path);
      ops.open.push({ op: 'open-tree', slot, source: device.path, flags: [] });
      ops.make.push({ op: 'attach', slot, target: device.path, how: 'follow' });
    } else {
      ops.make.push(makeDevice(device));
    }
  }
  ops.make.push(...makeLinks(context));
  return ops;
}

/** Defaults first, then those of config.json; of one path the last counts. Each with its JSON path. */
function mergeDevices(context: CompileContext): Iterable<readonly [Device, string]> {
  const merged = new Map<string, readonly [Device, string]>();
  for (const device of DEFAULT_DEVICES) {
    merged.set(device.path, [device, 'linux.devices']);
  }
  const devices = context.spec.linux?.devices ?? [];
  for (let index = 0; index < devices.length; index += 1) {
    const device = devices[index] as Device;
    const path = cleanPath(device.path);
    // As in runc: /dev/ptmx is always the link to the container's own pts.
    if (path !== '/dev/ptmx') {
      merged.delete(path);
      merged.set(path, [device, `linux.devices[${index}]`]);
    }
  }
  return merged.values();
}

function makeDevice(device: Device): Op {
  return {
    op: 'make-device',
    path: device.path,
    kind: device.type === 'u' ? 'c' : device.type,
    major: device.major ?? 0,
    minor: device.minor ?? 0,
    // Docker puts the type bits of st_mode here too.
    mode: (device.fileMode ?? 0o666) & 0o7777,
    uid: device.uid ?? 0,
    gid: device.gid ?? 0,
  };
}

const LINKS: readonly (readonly [string, string])[] = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
];

function makeLinks(context: CompileContext): Op[] {
  const links = [...LINKS];
  if (context.facts.hasKcore) {
    links.push(['/dev/core', '/proc/kcore']);
  }
  links.push(['/dev/ptmx', 'pts/ptmx']);
  return links.map(([path, target]) => ({ op: 'make-symlink', path, target }));
}
