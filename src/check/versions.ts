// Which version of the specification brought what: from the release notes of runtime-spec (ChangeLog) and the history of config-linux.md.

import type { Draft } from './finding.js';
import type { Keys } from './pointer.js';

/** Pattern of a JSON pointer, in which `*` is any one key; a value if only that is newer. */
type Since = readonly [version: string, pattern: string, value?: string];

export const SINCE: readonly Since[] = [
  ['1.0.2', '/hooks/createRuntime'],
  ['1.0.2', '/hooks/createContainer'],
  ['1.0.2', '/hooks/startContainer'],
  ['1.0.2', '/process/user/umask'],
  ['1.0.2', '/linux/personality'],
  ['1.0.2', '/linux/intelRdt/closID'],
  ['1.0.2', '/linux/intelRdt/memBwSchema'],
  ['1.0.2', '/linux/resources/rdma'],
  ['1.0.2', '/linux/resources/memory/useHierarchy'],
  ['1.0.2', '/linux/seccomp/flags'],
  ['1.0.2', '/linux/seccomp/defaultAction', 'SCMP_ACT_LOG'],
  ['1.0.2', '/linux/seccomp/syscalls/*/action', 'SCMP_ACT_LOG'],
  ['1.1.0', '/domainname'],
  ['1.1.0', '/mounts/*/uidMappings'],
  ['1.1.0', '/mounts/*/gidMappings'],
  ['1.1.0', '/process/scheduler'],
  ['1.1.0', '/process/ioPriority'],
  ['1.1.0', '/linux/namespaces/*/type', 'time'],
  ['1.1.0', '/linux/timeOffsets'],
  ['1.1.0', '/linux/resources/unified'],
  ['1.1.0', '/linux/resources/cpu/idle'],
  ['1.1.0', '/linux/resources/cpu/burst'],
  ['1.1.0', '/linux/resources/memory/checkBeforeUpdate'],
  ['1.1.0', '/linux/seccomp/defaultErrnoRet'],
  ['1.1.0', '/linux/seccomp/listenerPath'],
  ['1.1.0', '/linux/seccomp/listenerMetadata'],
  ['1.1.0', '/linux/seccomp/syscalls/*/errnoRet'],
  ...['/linux/seccomp/defaultAction', '/linux/seccomp/syscalls/*/action'].flatMap((pattern): Since[] =>
    ['SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_KILL_THREAD', 'SCMP_ACT_NOTIFY'].map((value) => ['1.1.0', pattern, value]),
  ),
  ['1.1.0', '/linux/seccomp/architectures/*', 'SCMP_ARCH_RISCV64'],
  ['1.1.0', '/linux/seccomp/flags/*', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
  ['1.2.0', '/mounts/*/options/*', 'idmap'],
  ['1.2.0', '/mounts/*/options/*', 'ridmap'],
  ['1.2.1', '/process/execCPUAffinity'],
  ...['LOONGARCH64', 'M68K', 'SH', 'SHEB'].map(
    (name): Since => ['1.2.1', '/linux/seccomp/architectures/*', `SCMP_ARCH_${name}`],
  ),
  ['1.3.0', '/linux/netDevices'],
  ['1.3.0', '/linux/memoryPolicy'],
  ['1.3.0', '/linux/intelRdt/schemata'],
  ['1.3.0', '/linux/intelRdt/enableMonitoring'],
];

/** What the specification advises against, and what it has instead. */
export const DEPRECATED: readonly (readonly [pattern: string, instead: string])[] = [
  ['/hooks/prestart', 'createRuntime, createContainer or startContainer hooks take its place'],
  ['/linux/resources/memory/kernel', 'cgroup v2 counts it within memory.limit'],
  ['/linux/resources/memory/kernelTCP', 'cgroup v2 counts it within memory.limit'],
  ['/linux/intelRdt/enableCMT', 'enableMonitoring takes its place (1.3.0)'],
  ['/linux/intelRdt/enableMBM', 'enableMonitoring takes its place (1.3.0)'],
];

/** What is in the document although the version that it says it follows does not have it. */
export function checkVersions(document: unknown): Draft[] {
  const version = readVersion((document as { ociVersion?: unknown } | null)?.ociVersion);
  const drafts: Draft[] = [];
  for (const [since, pattern, value] of SINCE) {
    if (version === null || compare(version, readVersion(since) ?? version) >= 0) {
      continue;
    }
    for (const place of match(document, pattern)) {
      if (value === undefined || place.value === value) {
        const what = value === undefined ? 'the property' : JSON.stringify(value);
        const message = `${what} came with version ${since} of the specification, ociVersion is "${version.join('.')}"`;
        drafts.push({
          ...{ rule: 'spec/needs-version', keys: place.keys, message, ofKey: value === undefined },
          hint: `set ociVersion to "${since}" or later`,
        });
      }
    }
  }
  return drafts;
}

/** What is in the document and advised against. */
export function checkDeprecated(document: unknown): Draft[] {
  return DEPRECATED.flatMap(([pattern, instead]) =>
    match(document, pattern).map(({ keys }): Draft => {
      return { rule: 'spec/deprecated', keys, message: `"${keys.at(-1)}" is deprecated`, hint: instead, ofKey: true };
    }),
  );
}

type Version = readonly [number, number, number];

/** Release candidates are taken for the release: what it brought was mostly in them. */
function readVersion(text: unknown): Version | null {
  const found = typeof text === 'string' ? /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?![\d.])/.exec(text) : null;
  return found === null ? null : [Number(found[1]), Number(found[2]), Number(found[3])];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

interface Match {
  readonly keys: Keys;
  readonly value: unknown;
}

function match(document: unknown, pattern: string): Match[] {
  let matches: Match[] = [{ keys: [], value: document }];
  for (const step of pattern.split('/').slice(1)) {
    matches = matches.flatMap(({ keys, value }) => {
      if (typeof value !== 'object' || value === null) {
        return [];
      }
      if (step !== '*') {
        const isThere = !Array.isArray(value) && Object.hasOwn(value, step);
        return isThere ? [{ keys: [...keys, step], value: (value as Record<string, unknown>)[step] }] : [];
      }
      return Array.isArray(value) ? value.map((entry, index) => ({ keys: [...keys, index], value: entry })) : [];
    });
  }
  return matches;
}
