// linux.netDevices: config-linux.md, "Network Devices". That the container has a network namespace is in spec/checks/namespaces.ts.

import { joinPath } from '../spec/json-path.js';
import type { CompileContext } from './context.js';
import type { Op } from './ops.js';

/** Before anything is done: a device that is not there is found out while there is nothing to be undone. */
export function findNetworkDevices(context: CompileContext): Op[] {
  const devices = listDevices(context);
  for (const { device } of context.facts.uid === 0 ? [] : devices) {
    const message = 'only root can move a network device of the host';
    context.problems.push({ path: joinPath('linux.netDevices', device), message, ofHost: true });
  }
  return devices.map(({ device }) => ({ op: 'find-network-device', device }));
}

/** When init is in its network namespace, and before the hooks, which may give them routes. */
export function moveNetworkDevices(context: CompileContext): Op[] {
  return listDevices(context).map(({ device, name }) => ({ op: 'move-network-device', device, name }));
}

function listDevices({ spec }: CompileContext): { device: string; name: string }[] {
  const devices = Object.entries(spec.linux?.netDevices ?? {});
  return devices.map(([device, { name = '' }]) => ({ device, name: name === '' ? device : name }));
}
