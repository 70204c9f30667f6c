// Who the program is, and what of the host it shares.

import { findNamespace } from '../../spec/namespaces.js';
import type { NamespaceType, Spec } from '../../spec/types.js';
import type { Draft } from '../finding.js';
import type { Severity } from '../rules/rule.js';
import { hasOwnUserNamespace, isOfHost } from './user-namespace.js';

export function auditUser(spec: Spec): Draft[] {
  const drafts: Draft[] = [];
  if (!hasOwnUserNamespace(spec) && (spec.process?.user?.uid ?? 0) === 0) {
    const message = "the program is the host's root: there is no user namespace";
    const hint = 'add a namespace of type "user" with uidMappings and gidMappings, or set process.user';
    drafts.push({ rule: 'audit/root', keys: ['process', 'user', 'uid'], message, hint });
  }
  for (const key of ['uidMappings', 'gidMappings'] as const) {
    for (const [index, { hostID }] of (spec.linux?.[key] ?? []).entries()) {
      if (hostID === 0) {
        const message = `maps the host's own ${key === 'uidMappings' ? 'uid' : 'gid'} 0 into the container`;
        const hint = 'map ids that nothing on the host has, as in /etc/subuid';
        drafts.push({ rule: 'audit/mapped-root', keys: ['linux', key, index, 'hostID'], message, hint });
      }
    }
  }
  return drafts;
}

const SHARED: readonly (readonly [NamespaceType, string, Severity])[] = [
  ['mount', 'the container changes the mounts of the host', 'warning'],
  ['pid', 'the container sees, and with its rights signals, every process of the host', 'warning'],
  [
    'network',
    "the container has the host's addresses, its abstract sockets and all that listens on localhost",
    'warning',
  ],
  ['ipc', "the container has the host's shared memory and message queues", 'warning'],
  ['uts', "the container has the host's name", 'note'],
  ['cgroup', "the container sees the host's cgroups", 'note'],
];

export function auditNamespaces(spec: Spec): Draft[] {
  return SHARED.flatMap(([type, message, severity]): Draft[] => {
    const namespace = findNamespace(spec, type);
    if (namespace !== undefined && !isOfHost(namespace.path)) {
      return [];
    }
    const index = spec.linux?.namespaces?.findIndex((entry) => entry.type === type) ?? -1;
    const keys = index === -1 ? ['linux', 'namespaces'] : ['linux', 'namespaces', index, 'path'];
    return [{ rule: 'audit/host-namespace', keys, message, severity, hint: `add a namespace of type "${type}"` }];
  });
}

export function auditPrivileges({ process, mounts }: Spec): Draft[] {
  if (process?.noNewPrivileges === true) {
    return [];
  }
  const privileges: Draft = {
    rule: 'audit/new-privileges',
    keys: ['process', 'noNewPrivileges'],
    message: 'set-user-ID programs and file capabilities give the program more than it begins with',
    hint: 'set process.noNewPrivileges to true',
  };
  const binds = (mounts ?? []).flatMap((mount, index): Draft[] => {
    const options = mount.options ?? [];
    const isBind = mount.type === 'bind' || options.includes('bind') || options.includes('rbind');
    if (!isBind || options.includes('nosuid') || options.includes('ro')) {
      return [];
    }
    const message = `${JSON.stringify(mount.source ?? '')} is mounted without "nosuid", and programs may gain privileges`;
    const hint = 'add the option "nosuid"';
    return [{ rule: 'audit/set-user-id-mount', keys: ['mounts', index, 'options'], message, hint }];
  });
  return [privileges, ...binds];
}

/** What the modules themselves call a program that they let do anything. */
const UNCONFINED = /^unconfined$|(?:^|:)(?:spc_t|unconfined_t|container_runtime_t|init_t)(?::|$)/;

export function auditLabels({ process }: Spec): Draft[] {
  const { apparmorProfile = '', selinuxLabel = '' } = process ?? {};
  const drafts = (['apparmorProfile', 'selinuxLabel'] as const).flatMap((key): Draft[] => {
    const label = process?.[key] ?? '';
    const message = `${JSON.stringify(label)} does not confine the program`;
    const hint = 'take the profile or type that is made for containers';
    return UNCONFINED.test(label) ? [{ rule: 'audit/unconfined', keys: ['process', key], message, hint }] : [];
  });
  if (apparmorProfile === '' && selinuxLabel === '') {
    const message = 'neither AppArmor nor SELinux confines the program';
    const hint = 'set process.apparmorProfile or process.selinuxLabel where the host has one of them';
    drafts.push({ rule: 'audit/no-label', keys: ['process', 'apparmorProfile'], message, hint });
  }
  return drafts;
}

/** Names that are given to secrets; of those that only say where one is, the end tells. */
const SECRET = /PASSW(?:OR)?D|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL/i;
const PLACE = /_(?:FILE|PATH|DIR|URL|URI|NAME|ID|HOST|TTL|TYPE)$/i;

/** The value is never shown. */
export function auditEnvironment({ process }: Spec): Draft[] {
  return (process?.env ?? []).flatMap((entry, index): Draft[] => {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, Math.max(equals, 0));
    if (!SECRET.test(name) || PLACE.test(name) || equals === entry.length - 1) {
      return [];
    }
    const message = `${name} looks like a secret`;
    const hint = 'give the program a file with it, on a tmpfs, and the name of the file';
    return [{ rule: 'audit/secret', keys: ['process', 'env', index], message, hint }];
  });
}
