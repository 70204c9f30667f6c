// An image for managers, made here, as there is no network: busybox, two users, and a program that cannot be executed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Image {
  /** Its root filesystem, as `docker import` takes it. */
  readonly tree: string;
  /** With a configuration and the name IMAGE, as `docker load` takes it. */
  readonly archive: string;
  readonly remove: () => void;
}

/** With a registry's name, which some managers put before a name that has none. */
export const IMAGE = 'localhost/box:latest';

/** What the image runs when nobody says. It ends at once at SIGTERM, which the kernel keeps from a PID 1 that has not asked for it. */
export const COMMAND = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1; done'];

const APPLETS =
  'cat cut echo env false grep head hostname id ip kill ls mount printf ps pwd sed sh sleep stat stty tail tar test touch tty';

const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n',
  'etc/group': 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n',
  'etc/no-program': 'not executable\n',
};

/** Writes the image into a temporary directory. */
export function makeImage(): Image {
  const directory = mkdtempSync(join(tmpdir(), 'image-'));
  const image = { tree: join(directory, 'tree.tar'), archive: join(directory, 'archive.tar') };
  fillTree(join(directory, 'tree'));
  pack(join(directory, 'tree'), image.tree);
  fillArchive(join(directory, 'archive'), image.tree);
  pack(join(directory, 'archive'), image.archive);
  return { ...image, remove: () => rmSync(directory, { recursive: true }) };
}

function fillTree(root: string): void {
  for (const name of ['bin', 'etc', 'home', 'root', 'tmp', 'dev', 'proc', 'sys']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  copyFileSync(
    execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim(),
    join(root, 'bin/busybox'),
  );
  for (const name of APPLETS.split(' ')) symlinkSync('busybox', join(root, 'bin', name));
  for (const [path, text] of Object.entries(FILES)) writeFileSync(join(root, path), text);
}

/** The format of `docker save`, which containerd reads as well. */
function fillArchive(directory: string, tree: string): void {
  const digest = createHash('sha256').update(readFileSync(tree)).digest('hex');
  mkdirSync(directory);
  copyFileSync(tree, join(directory, 'layer.tar'));
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: COMMAND, Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  const manifest = [{ Config: 'config.json', RepoTags: [IMAGE], Layers: ['layer.tar'] }];
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest));
}

function pack(directory: string, file: string): void {
  execFileSync('tar', ['-C', directory, '-cf', file, '.']);
}
