// Trees of the host with known owners, and what containers see of them.
import { chownSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { IDMapping } from '../../src/spec/types.js';
import { type BundleOptions, type SpecDraft, setNamespace } from './bundle.js';
import { PROBE } from './paths.js';
import { runProbe } from './probe.js';
import { makeTemporary } from './temporary.js';
import { newTsrun } from './tsrun.js';

/** What is 0 in the containers of these tests is this on the host. */
export const HOST_ROOT = 100_000;
export const CONTAINER_MAP: readonly IDMapping[] = [{ containerID: 0, hostID: HOST_ROOT, size: 65_536 }];

/** Where the kernel can map the ids of a tmpfs: since Linux 6.3. */
export function canMapTmpfs(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 3);
}

/** A container with a user namespace of its own, whose rootfs is its own. */
export function inUserNamespace(change: (spec: SpecDraft) => void = () => {}): NonNullable<BundleOptions['mutate']> {
  return (spec, bundle) => {
    setNamespace(spec, 'user');
    spec.linux.uidMappings = [...CONTAINER_MAP];
    spec.linux.gidMappings = [...CONTAINER_MAP];
    chownSync(bundle.rootfs, HOST_ROOT, HOST_ROOT);
    change(spec);
  };
}

/** A directory of the host's root with `file`, which is 5:7's, and `sub`, and which everybody may write in. */
export function makeTree(): string {
  const tree = makeTemporary();
  writeFileSync(join(tree, 'file'), 'content\n');
  chownSync(join(tree, 'file'), 5, 7);
  mkdirSync(join(tree, 'sub'));
  return tree;
}

/** Mounts something below a tree, by mount(8), for as long as the test runs. */
export function mountOn(target: string, ...args: readonly string[]): void {
  mountBy('mount', [...args, target], target);
}

/** Binds a tree with its ids mapped, for as long as the test runs. */
export function mountMapped(source: string, target: string, map: string): void {
  mountBy(PROBE, ['mount-mapped', source, target, map], target);
}

function mountBy(program: string, args: readonly string[], target: string): void {
  const tsrun = newTsrun();
  const { status, stderr } = tsrun.execute(program, args);
  if (status !== 0) throw new Error(stderr);
  onTestFinished(() => void tsrun.execute('umount', ['--lazy', target]));
}

/** `uid:gid` of a path of the host. */
export function ownerOf(path: string): string {
  const { uid, gid } = statSync(path);
  return `${uid}:${gid}`;
}

/** `uid:gid` of a path as the container sees it. */
export function ownerInside(path: string, mutate: NonNullable<BundleOptions['mutate']>): string {
  const { uid, gid } = JSON.parse(runProbe(['stat', path], { mutate })) as { uid: number; gid: number };
  return `${uid}:${gid}`;
}
