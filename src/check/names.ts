// Names in free text that nobody refuses, or refuses only when it is too late: options and types of mounts, system calls, annotations.

import { append } from '../base/append.js';
import { nearestName } from '../base/nearest-name.js';
import { mountOptionNames } from '../plan/mount-options.js';
import { HONOURED, RUNTIME_PREFIX } from '../spec/annotations.js';
import { CAPABILITIES } from '../spec/capabilities.js';
import { RLIMITS } from '../spec/rlimits.js';
import type { Mount, Spec } from '../spec/types.js';
import type { Draft } from './finding.js';
import { SYSTEM_CALLS } from './generated/system-calls.js';
import { type Keys, valueAt } from './pointer.js';
import { didYouMean, newSuggester } from './similar.js';

/** Parameters of the filesystems that containers mount: tmpfs(5), proc(5), filesystems/devpts.rst, and what those without any have. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  tmpfs: ['size', 'nr_blocks', 'nr_inodes', 'mode', 'uid', 'gid', 'huge', 'mpol', 'inode32', 'inode64', 'noswap'],
  proc: ['hidepid', 'gid', 'subset', 'pidns'],
  devpts: ['newinstance', 'ptmxmode', 'mode', 'uid', 'gid', 'max'],
  mqueue: [],
  sysfs: [],
};

/** Of all filesystems: what security modules read. */
const LABELS = ['context', 'fscontext', 'defcontext', 'rootcontext', 'seclabel', 'smackfsdef', 'smackfsroot'];

/** Types that a config.json is likely to have; another one is only doubted when it is nearly one of these. */
const TYPES = [
  ...[
    'bind',
    'none',
    'proc',
    'sysfs',
    'tmpfs',
    'devpts',
    'mqueue',
    'cgroup',
    'cgroup2',
    'overlay',
    'ramfs',
    'hugetlbfs',
  ],
  ...[
    'ext2',
    'ext3',
    'ext4',
    'xfs',
    'btrfs',
    'vfat',
    'exfat',
    'ntfs3',
    'squashfs',
    'erofs',
    'f2fs',
    'zfs',
    'iso9660',
    'udf',
  ],
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'ceph', '9p', 'virtiofs', 'fuse', 'fuseblk', 'fusectl', 'devtmpfs', 'securityfs'],
  ...[
    'debugfs',
    'tracefs',
    'configfs',
    'bpf',
    'pstore',
    'efivarfs',
    'binfmt_misc',
    'selinuxfs',
    'rpc_pipefs',
    'resctrl',
  ],
];

export function checkMountNames({ mounts }: Spec): Draft[] {
  const words = mountOptionNames();
  const suggest = new Map<string, (word: string) => string | undefined>();
  const drafts: Draft[] = [];
  for (const [index, mount] of (mounts ?? []).entries()) {
    const type = mount.type ?? '';
    const near = TYPES.includes(type) ? undefined : nearestName(type, TYPES);
    if (near !== undefined && type !== '') {
      const message = `${JSON.stringify(type)} is no usual type of filesystem`;
      drafts.push({ rule: 'spec/mount-type', keys: ['mounts', index, 'type'], message, hint: didYouMean(near) });
    }
    const meant = near ?? type;
    const suggester = suggest.get(meant) ?? newSuggester([...words, ...(PARAMETERS[meant] ?? []), ...LABELS]);
    suggest.set(meant, suggester);
    append(drafts, checkOptions({ ...mount, type: meant }, ['mounts', index, 'options'], words, suggester));
  }
  return drafts;
}

function checkOptions(
  mount: Mount,
  keys: Keys,
  words: readonly string[],
  suggest: (word: string) => string | undefined,
): Draft[] {
  const parameters = PARAMETERS[mount.type ?? ''];
  const drafts: Draft[] = [];
  for (const [index, option] of (mount.options ?? []).entries()) {
    const [name = ''] = option.split(/[=,]/, 1);
    const known = words.includes(name) || LABELS.includes(name) || (parameters?.includes(name) ?? false);
    if (known || name === '' || /^[xX]-/.test(name)) {
      continue;
    }
    const near = suggest(name);
    if (near !== undefined || parameters !== undefined) {
      const what = parameters === undefined ? 'no option of mounts' : `no option of mounts, nor of "${mount.type}"`;
      const message = `${JSON.stringify(name)} is ${what}`;
      drafts.push({ rule: 'spec/mount-option', keys: [...keys, index], message, hint: didYouMean(near) });
    }
  }
  return drafts;
}

/** Two mounts of one place: the first can only be seen while the container is made. */
export function checkDuplicateMounts({ mounts }: Spec): Draft[] {
  const first = new Map<string, number>();
  const drafts: Draft[] = [];
  for (const [index, { destination }] of (mounts ?? []).entries()) {
    const place = destination.replace(/(?<=.)\/+$/, '');
    const before = first.get(place);
    if (before === undefined) {
      first.set(place, index);
    } else {
      const message = `hides mounts[${before}], which has the same destination ${JSON.stringify(destination)}`;
      drafts.push({ rule: 'spec/duplicate-mount', keys: ['mounts', index, 'destination'], message });
    }
  }
  return drafts;
}

/** A name that nobody knows is a hole where the filter lets the rest pass; where it denies the rest, a call of a kernel to come. */
export function checkSystemCalls({ linux }: Spec): Draft[] {
  const { defaultAction, syscalls = [] } = linux?.seccomp ?? {};
  const permissive = defaultAction === 'SCMP_ACT_ALLOW' || defaultAction === 'SCMP_ACT_LOG';
  const known = new Set(SYSTEM_CALLS);
  const suggest = newSuggester(SYSTEM_CALLS);
  return syscalls.flatMap(({ names }, rule) =>
    names.flatMap((name, index): Draft[] => {
      if (known.has(name)) {
        return [];
      }
      const keys = ['linux', 'seccomp', 'syscalls', rule, 'names', index];
      const message = `libseccomp knows no system call ${JSON.stringify(name)}`;
      const severity = permissive ? 'warning' : 'note';
      return [{ rule: 'spec/system-call', keys, message, severity, hint: didYouMean(suggest(name)) }];
    }),
  );
}

const SYSTEMD_PREFIX = 'org.systemd.property.';

/** Prefixes that look misspelled: what has the right one is looked at by the checks of create, or is systemd's to know. */
export function checkAnnotationNames({ annotations }: Spec): Draft[] {
  return Object.keys(annotations ?? {}).flatMap((name): Draft[] => {
    const meant = suggestAnnotation(name);
    const message = `no runtime knows the annotation ${JSON.stringify(name)}`;
    return meant === undefined
      ? []
      : [{ rule: 'spec/annotation-name', keys: ['annotations', name], message, hint: didYouMean(meant), ofKey: true }];
  });
}

/** Of `org.systemd.properties.X` and `run.ocl.x`. */
function suggestAnnotation(name: string): string | undefined {
  const components = name.split('.');
  const begins = (count: number, prefix: string) => {
    const head = `${components.slice(0, count).join('.')}.`;
    return head !== prefix && nearestName(head, [prefix]) !== undefined;
  };
  if (name.startsWith('org.opencontainers.')) {
    return undefined;
  }
  if (components.length === 4 && begins(3, SYSTEMD_PREFIX)) {
    return `${SYSTEMD_PREFIX}${components[3]}`;
  }
  return components.length > 2 && begins(2, RUNTIME_PREFIX) ? nearestName(name, HONOURED) : undefined;
}

const SETS = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'];

/**
 * What other findings do not suggest: for the value that is at some keys, the name that will have been meant. One for all findings of a
 * document.
 */
export function newNameSuggester(document: unknown): (keys: Keys) => string | undefined {
  const suggestLimit = newSuggester(RLIMITS);
  const suggestCapability = newSuggester(CAPABILITIES);
  return (keys) => {
    const value = valueAt(document, keys);
    const [first, second, third] = keys;
    if (first === 'process' && second === 'rlimits' && keys[3] === 'type' && typeof value === 'string') {
      return RLIMITS.some((name) => name === value) ? undefined : suggestLimit(value);
    }
    if (first === 'process' && second === 'capabilities' && SETS.includes(String(third)) && typeof value === 'string') {
      // Docker and podman name capabilities without the prefix.
      const isKnown = CAPABILITIES.some((name) => name === value);
      return isKnown ? undefined : (suggestCapability(value) ?? suggestCapability(`CAP_${value}`));
    }
    return undefined;
  };
}
