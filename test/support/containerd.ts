// containerd with both runtimes, configured as docs/managers.md says.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandLine } from './command-line.js';
import { startDaemon } from './daemon.js';
import { IMAGE, makeImage } from './image.js';
import { RUNTIMES } from './runtimes.js';

export interface Containerd {
  readonly ctr: CommandLine;
  readonly socket: string;
  /** Ends it. */
  readonly stop: () => Promise<void>;
}

/** Its namespace in which Kubernetes' images and containers are. */
export const KUBERNETES = 'k8s.io';

/** How the addresses begin of pods that have a network of their own. */
export const POD_NETWORK = '10.88.';

/** Starts containerd, and gives each of `namespaces` the image. Runtime handlers are named after the runtimes, with `-systemd` for scopes. */
export async function startContainerd(namespaces: readonly string[]): Promise<Containerd> {
  const directory = mkdtempSync(join(tmpdir(), 'containerd-'));
  const socket = join(directory, 'socket');
  const networks = join(directory, 'networks');
  mkdirSync(networks);
  writeFileSync(join(networks, '10-bridge.conflist'), JSON.stringify(NETWORK));
  const file = join(directory, 'config.toml');
  writeFileSync(file, configure(directory, socket, networks));
  const ctr = new CommandLine('ctr', ['--address', socket]);
  const isReady = async () => (await ctr.call(['version'])).status === 0;
  const daemon = await startDaemon(['containerd', '--config', file], join(directory, 'log'), isReady);
  const image = makeImage();
  for (const namespace of namespaces) await ctr.must('--namespace', namespace, 'images', 'import', image.archive);
  image.remove();
  return {
    ctr,
    socket,
    stop: async () => {
      await daemon.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

const NETWORK = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    { type: 'bridge', bridge: 'pods0', isGateway: true, ipam: { type: 'host-local', subnet: `${POD_NETWORK}0.0/16` } },
    { type: 'loopback' },
  ],
};

const CRI = 'plugins."io.containerd.grpc.v1.cri"';

function configure(directory: string, socket: string, networks: string): string {
  const handlers = RUNTIMES.flatMap(({ name, path }) =>
    [false, true].map((systemd) => {
      const table = `${CRI}.containerd.runtimes.${name}${systemd ? '-systemd' : ''}`;
      return `[${table}]
runtime_type = "io.containerd.runc.v2"
[${table}.options]
BinaryName = "${path}"
SystemdCgroup = ${systemd}
`;
    }),
  );
  return `version = 2
root = "/var/lib/containerd"
state = "${directory}/state"
[grpc]
address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
path = "${directory}/opt"
[${CRI}]
sandbox_image = "${IMAGE}"
[${CRI}.cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${networks}"
${handlers.join('')}`;
}
