// What an attack must not change: the host, looked at before and after. It knows nothing of the attack, so it also finds what nobody thought of.
//
// A file that is made and removed again, or changed and changed back, is seen by the times of change (ctime) of its directory and of itself,
// which the kernel sets and no program can (inode(7)).
import { createHash } from 'node:crypto';
import { type BigIntStats, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readHostState } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import { ringName } from '../support/temporary.js';
import { waitFor } from '../support/wait-for.js';
import type { Canary } from './canary.js';

/** By kind, each as lines. */
export type Snapshot = Readonly<Record<string, readonly string[]>>;

/** Settings of the whole machine: those that lead to code of root's, and some that runtimes write. */
const SYSCTLS = [
  'kernel/core_pattern',
  'kernel/core_uses_pid',
  'kernel/modprobe',
  'kernel/poweroff_cmd',
  'kernel/hostname',
  'kernel/domainname',
  'kernel/sysrq',
  'kernel/randomize_va_space',
  'kernel/msgmax',
  'kernel/shmmax',
  'kernel/sem',
  'fs/mqueue/msg_max',
  'fs/suid_dumpable',
  'fs/binfmt_misc/status',
  'net/ipv4/ip_forward',
  'net/ipv4/ping_group_range',
  'user/max_user_namespaces',
  'vm/overcommit_memory',
];

/** The programs that a container could want to change for the next one. */
const PROGRAMS = process.env.OCI_RUNTIME === undefined ? [TSRUN, `${TSRUN}-engine`] : [TSRUN];

/** `root` is a state root; nothing in it is something in it. */
export function takeSnapshot(canaries: readonly Canary[], root: string): Snapshot {
  const { mounts, cgroups, processes } = readHostState();
  return {
    mounts,
    // Of others, some are there for a moment only; what has escaped from its name is found at the end of the ring.
    cgroups: cgroups.filter((path) => path.includes(`/test-${ringName()}-`)),
    processes: processes.filter((line) => line.includes(` test-${ringName()}-`)),
    canaries: canaries.flatMap(({ path }) => describeTree(path)),
    programs: PROGRAMS.map(describe),
    sysctls: SYSCTLS.map((name) => `${name}: ${readText(join('/proc/sys', name))}`),
    // Session keyrings are those of containers, others' too.
    keys: listKeys().filter((line) => !isOwnKey(line) && !line.startsWith('keyring _ses.')),
    // Of no container: filters that were made once.
    state: existsSync(root) ? readdirSync(root).filter((name) => name !== '.seccomp') : [],
  };
}

/** What ends by itself gets its time; nothing else comes back once it is changed. */
const ENDING: readonly string[] = ['processes', 'cgroups', 'state', 'mounts'];

export async function expectUnchanged(before: Snapshot, take: () => Snapshot): Promise<void> {
  let changes = compare(before, take());
  if (changes.length > 0 && changes.every(({ kind }) => ENDING.includes(kind))) {
    await waitFor('the host to be as it was', () => {
      changes = compare(before, take());
      return changes.length === 0;
    }).catch(() => {});
  }
  if (changes.length > 0) throw new Error(`changed on the host:\n${changes.map(({ line }) => line).join('\n')}`);
}

interface Change {
  readonly kind: string;
  readonly line: string;
}

function compare(before: Snapshot, after: Snapshot): Change[] {
  return Object.keys(before).flatMap((kind) => {
    const [was, is] = [before[kind] ?? [], after[kind] ?? []];
    const lost = was.filter((line) => !is.includes(line)).map((line) => ({ kind, line: `- ${kind}: ${line}` }));
    const gained = is.filter((line) => !was.includes(line)).map((line) => ({ kind, line: `+ ${kind}: ${line}` }));
    return [...lost, ...gained].filter(({ line }) => !isOfAnother(line));
  });
}

/** What bears the name of another ring of tests, which works on the same host. */
function isOfAnother(line: string): boolean {
  const ring = /test-(\d+)-/.exec(line)?.[1];
  return ring !== undefined && ring !== ringName();
}

function describeTree(path: string): string[] {
  const own = describe(path);
  if (!lstatSync(path).isDirectory()) return [own];
  return [own, ...readdirSync(path).flatMap((name) => describeTree(join(path, name)))];
}

function describe(path: string): string {
  const { dev, ino, mode, uid, gid, rdev, size, nlink, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
  const numbers = [dev, ino, mode.toString(8), uid, gid, rdev, size, nlink, mtimeNs, ctimeNs].join(' ');
  return `${path} ${numbers} ${describeContent(path, mode)}`;
}

/** A large file is known by its times. */
const LARGE = 4n << 20n;

function describeContent(path: string, mode: bigint): string {
  const status: BigIntStats = lstatSync(path, { bigint: true });
  if (status.isSymbolicLink()) return readlinkSync(path);
  if (!status.isFile() || status.size > LARGE) return `type ${(mode >> 12n).toString(8)}`;
  return hashFile(path);
}

export function hashFile(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The programs to the last byte: for the beginning and the end of all attacks. */
export function hashPrograms(): string[] {
  return PROGRAMS.map((path) => `${path} ${hashFile(path)}`);
}

/** Keyrings of containers of this ring: a dead process that nobody has reaped still has its own, so this is asked for at the end of all attacks. */
export function listOwnKeys(): string[] {
  return listKeys().filter(isOwnKey);
}

function isOwnKey(line: string): boolean {
  return line.includes(`test-${ringName()}-`);
}

/** Type and description; serial numbers, uses and sizes change by themselves (proc_keys(5)). */
function listKeys(): string[] {
  const lines = readText('/proc/keys').split('\n').filter(Boolean);
  const keys = lines.map((line) =>
    line
      .trim()
      .split(/\s+/)
      .slice(7)
      .join(' ')
      .replace(/: [\w/]+$/, ''),
  );
  return [...new Set(keys)].sort();
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
