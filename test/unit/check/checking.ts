// What the tests of src/check share: a check of a text, and hosts that have what a test says.

import type { HostFacts } from '../../../src/base/host-facts.js';
import type { Entry, EntryKind, HostView } from '../../../src/base/host-view.js';
import { type Checked, type CheckSubject, type HostAnswers, prepareCheck } from '../../../src/check/check.js';
import { completeHost } from '../../../src/check/plan.js';
import { encode, type Json, withChange } from '../spec/parsing.js';

export interface Subject extends CheckSubject {
  readonly host: HostAnswers | null;
}

const SUBJECT: Subject = { bundle: '/bundle', cgroupManager: 'cgroupfs', audit: false, host: null };

export function checkText(text: string | Uint8Array, changes: Partial<Subject> = {}): Checked {
  const { host, ...subject } = { ...SUBJECT, ...changes };
  return prepareCheck(typeof text === 'string' ? new TextEncoder().encode(text) : text, subject).finish(host);
}

/** Findings of the good config.json of the other tests with `change` on top, as `rule pointer`. */
export function rulesOf(change: Json, subject: Partial<Subject> = {}): string[] {
  return checkText(encode(withChange(change)), subject).findings.map(({ rule, pointer }) => `${rule} ${pointer}`);
}

export interface HostSample {
  readonly uid?: number;
  readonly release?: string;
  readonly machine?: string;
  /** Text of regular files by path; they are executable. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Symbolic links by path; '' takes one away. */
  readonly links?: Readonly<Record<string, string>>;
  readonly others?: Readonly<Record<string, EntryKind | 'denied' | 'plain'>>;
  readonly facts?: Partial<HostFacts>;
  readonly systemdProblem?: string;
}

/** A host with the namespaces and the root filesystem that every config.json here has, and what the sample adds. */
export function hostOf(sample: HostSample): Pick<Subject, 'host'> {
  const facts = { ...completeHost('cgroupfs'), uid: sample.uid ?? 0, ...sample.facts };
  return { host: { view: viewOf(sample), facts, systemdProblem: sample.systemdProblem ?? null } };
}

const KERNEL: Readonly<Record<string, string>> = {
  '/proc/filesystems': 'nodev\tproc\nnodev\ttmpfs\nnodev\tsysfs\nnodev\tcgroup2\n',
  '/proc/sys/kernel/seccomp/actions_avail': 'kill_process kill_thread trap errno user_notif trace log allow\n',
  '/proc/sys/kernel/cap_last_cap': '40\n',
  '/proc/sys/fs/nr_open': '1048576\n',
  '/sys/devices/system/node/online': '0\n',
  '/bundle/rootfs/bin/sh': '#!/bin/sh\n',
};

const NAMESPACES = ['pid', 'net', 'mnt', 'ipc', 'uts', 'user', 'cgroup', 'time'];

function viewOf({ uid = 0, release = '6.1.0', machine = 'x86_64', files, links, others }: HostSample): HostView {
  const texts: Record<string, string | Uint8Array> = { ...KERNEL, ...files };
  const targets: Record<string, string> = {
    ...Object.fromEntries(NAMESPACES.map((name) => [`/proc/self/ns/${name}`, `${name}:[1]`])),
    ...links,
  };
  const kinds: Record<string, EntryKind | 'denied' | 'plain'> = { '/bundle/rootfs': 'directory', ...others };
  const parents = new Set(Object.keys({ ...texts, ...targets, ...kinds }).flatMap(parentsOf));
  const entry = (kind: EntryKind, mode = 0o755): Entry => ({ kind, mode, major: 0, minor: 0 });
  const kindOf = (path: string): Entry | 'missing' | 'denied' => {
    const kind = kinds[path];
    if (kind === 'denied') {
      return kind;
    }
    if (kind === 'plain') {
      return entry('file', 0o644);
    }
    if (kind !== undefined) {
      return entry(kind);
    }
    if (texts[path] !== undefined) {
      return entry('file');
    }
    return targets[path] !== undefined ? entry('symlink') : parents.has(path) ? entry('directory') : 'missing';
  };
  const readBytes = (path: string) => {
    const content = texts[path];
    return typeof content === 'string' ? new TextEncoder().encode(content) : (content ?? null);
  };
  return {
    ...{ uid, release, machine, look: kindOf },
    readLink: (path) => targets[path] || null,
    readText: (path) =>
      texts[path] === undefined ? null : new TextDecoder().decode(readBytes(path) ?? new Uint8Array()),
    readStart: (path, length) => readBytes(path)?.slice(0, length) ?? null,
    list: () => null,
  };
}

function parentsOf(path: string): string[] {
  const components = path.split('/');
  return components.map((_, index) => components.slice(0, index).join('/') || '/');
}
