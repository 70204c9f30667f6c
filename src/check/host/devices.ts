// Devices and profiles of security modules that config.json names.

import { findNamespace } from '../../spec/namespaces.js';
import type { Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import { valueAt } from '../pointer.js';
import { unreadable } from './files.js';
import type { HostCheck } from './index.js';
import { followHostPath } from './paths.js';

export function checkDevices(spec: Spec, { view }: HostCheck): Draft[] {
  if (findNamespace(spec, 'user') === undefined) {
    return [];
  }
  return (spec.linux?.devices ?? []).flatMap(({ path }, index): Draft[] => {
    const message = `"${path}" is not there, and cannot be made in a user namespace`;
    const isMissing = followHostPath(view, path) === 'missing';
    return isMissing ? [{ rule: 'host/device', keys: ['linux', 'devices', index, 'path'], message }] : [];
  });
}

const DEVICE_LISTS = [
  ...[
    'weightDevice',
    'throttleReadBpsDevice',
    'throttleWriteBpsDevice',
    'throttleReadIOPSDevice',
    'throttleWriteIOPSDevice',
  ],
] as const;

export function checkBlockDevices(spec: Spec, { view }: HostCheck): Draft[] {
  return DEVICE_LISTS.flatMap((list) => {
    const keys = ['linux', 'resources', 'blockIO', list];
    const entries = (valueAt(spec, keys) ?? []) as { major: number | bigint; minor: number | bigint }[];
    return entries.flatMap(({ major, minor }, index): Draft[] => {
      const message = `this machine has no block device ${major}:${minor}`;
      const isMissing = view.look(`/sys/dev/block/${major}:${minor}`) === 'missing';
      return isMissing ? [{ rule: 'host/block-device', keys: [...keys, index], message }] : [];
    });
  });
}

export function checkNetworkDevices({ linux }: Spec, { view }: HostCheck): Draft[] {
  return Object.keys(linux?.netDevices ?? {}).flatMap((name): Draft[] => {
    const message = `there is no network device "${name}"`;
    const isMissing = view.look(`/sys/class/net/${name}`) === 'missing';
    return isMissing
      ? [{ rule: 'host/network-device', keys: ['linux', 'netDevices', name], message, ofKey: true }]
      : [];
  });
}

const PROFILES = '/sys/kernel/security/apparmor/profiles';

/** Lines are `name (mode)`; a name may have spaces. */
export function checkAppArmor({ process }: Spec, { view, facts }: HostCheck): Draft[] {
  const profile = process?.apparmorProfile ?? '';
  const keys = ['process', 'apparmorProfile'];
  if (profile === '' || profile === 'unconfined' || facts.securityModules?.appArmor !== true) {
    return [];
  }
  const loaded = view.readText(PROFILES)?.split('\n');
  if (loaded === undefined) {
    return [unreadable(keys, PROFILES)];
  }
  const isLoaded = loaded.some((line) => line.replace(/ \(\w+\)$/, '') === profile);
  const message = `the profile ${JSON.stringify(profile)} is not loaded`;
  return isLoaded ? [] : [{ rule: 'host/apparmor-profile', keys, message }];
}
