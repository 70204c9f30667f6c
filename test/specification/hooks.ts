// Hooks of the tests: a shell script of the host, and the probe or a shell in the container.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Spec } from '../../src/spec/types.js';

export type Hooks = NonNullable<Spec['hooks']>;
export type Kind = keyof Hooks;
export type Hook = NonNullable<Hooks[Kind]>[number];

export const KINDS: readonly Kind[] = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
];

/** A script for the host's shell, which reads the state; its path resolves in the runtime namespace. */
export function reader(script: string): Hook {
  return { path: '/bin/sh', args: ['sh', '-c', script] };
}

/** As reader, of a script that leaves the state alone: crun 1.8 fails when nobody reads it. */
export function shell(script: string): Hook {
  return reader(`cat >/dev/null; ${script}`);
}

/** The probe of the rootfs; its path resolves in the container namespace. */
export function insideHook(...args: readonly string[]): Hook {
  return { path: '/probe', args: ['probe', ...args] };
}

/** A script for a shell of the rootfs, which `fillShell` puts there. */
export function insideShell(script: string): Hook {
  return { path: '/busybox', args: ['sh', '-c', script] };
}

export function fillShell(rootfs: string): void {
  copyFileSync('/usr/bin/busybox', join(rootfs, 'busybox'));
}
