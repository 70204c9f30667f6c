// Docker's daemon with both runtimes, configured as docs/managers.md says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandLine } from './command-line.js';
import { type Daemon, startDaemon } from './daemon.js';
import { makeImage } from './image.js';
import { RUNTIMES } from './runtimes.js';

export interface Docker {
  readonly docker: CommandLine;
  /** Ends the daemon, and removes all that it had. */
  readonly stop: () => Promise<void>;
}

/** Without network, and with copies for layers: what an overlay costs or needs has nothing to do with the runtime. */
export async function startDocker(): Promise<Docker> {
  const directory = mkdtempSync(join(tmpdir(), 'docker-'));
  const socket = join(directory, 'socket');
  const configuration = {
    runtimes: Object.fromEntries(
      RUNTIMES.filter(({ name }) => name !== 'runc').map(({ name, path }) => [name, { path }]),
    ),
    hosts: [`unix://${socket}`],
    pidfile: join(directory, 'pid'),
    'exec-root': '/run/docker',
    'storage-driver': 'vfs',
    bridge: 'none',
    iptables: false,
    ip6tables: false,
  };
  writeFileSync(join(directory, 'daemon.json'), JSON.stringify(configuration));
  const docker = new CommandLine('docker', ['--host', `unix://${socket}`]);
  const isReady = async () => (await docker.call(['version'])).status === 0;
  const command = ['dockerd', '--config-file', join(directory, 'daemon.json')] as const;
  const daemon: Daemon = await startDaemon([...command], join(directory, 'log'), isReady);
  await loadImage(docker);
  return {
    docker,
    stop: async () => {
      await daemon.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

async function loadImage(docker: CommandLine): Promise<void> {
  const image = makeImage();
  try {
    await docker.must('load', '--input', image.archive);
  } finally {
    image.remove();
  }
}
