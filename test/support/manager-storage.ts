// Where managers keep images and containers, in memory: overlayfs cannot stand on the overlay that the virtual machine's root is.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';

const DIRECTORIES = ['/var/lib/containers', '/var/lib/containerd', '/var/lib/docker'];

/** vitest's globalSetup. It comes before the ring's own, which takes what is mounted by then for the machine's. */
export default function setup(): void {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  // Where managers look whether there is AppArmor.
  if (!mounts.includes(' /sys/kernel/security securityfs ')) {
    execFileSync('mount', ['-t', 'securityfs', 'securityfs', '/sys/kernel/security']);
  }
  for (const path of DIRECTORIES.filter((directory) => !mounts.includes(` ${directory} tmpfs `))) {
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path]);
    // As Docker would make its own.
    execFileSync('mount', ['--make-shared', path]);
  }
}
