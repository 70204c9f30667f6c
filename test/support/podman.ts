// podman with a runtime of the test's choice, configured as docs/managers.md says.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandLine } from './command-line.js';
import { makeImage } from './image.js';
import type { Runtime } from './runtimes.js';

export interface Podman {
  readonly podman: CommandLine;
  readonly remove: () => void;
}

/** The first ids on the host, and how many there are, that `--userns=auto` may give to containers. */
export const SUBORDINATE = { first: 200_000, count: 65_536 };

/** Its log and its events go into files: the virtual machine has no journal. */
export function configurePodman({ name, path }: Runtime): Podman {
  const directory = mkdtempSync(join(tmpdir(), 'podman-'));
  const file = join(directory, 'containers.conf');
  writeFileSync(
    file,
    `[containers]
log_driver = "k8s-file"
[engine]
events_logger = "file"
runtime = "${name}"
[engine.runtimes]
${name} = ["${path}"]
`,
  );
  return {
    podman: new CommandLine('podman', [], { CONTAINERS_CONF: file }),
    remove: () => rmSync(directory, { recursive: true }),
  };
}

/** Puts the image into podman's storage. */
export async function loadImage(podman: CommandLine): Promise<void> {
  const image = makeImage();
  try {
    await podman.must('load', '--quiet', '--input', image.archive);
  } finally {
    image.remove();
  }
}

/** Lets the user `containers`, whose ids podman takes, have some. */
export function grantSubordinateIds(): void {
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    if (!readFileSync(file, 'utf8').includes('containers:')) {
      appendFileSync(file, `containers:${SUBORDINATE.first}:${SUBORDINATE.count}\n`);
    }
  }
}
