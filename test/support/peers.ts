// runc and crun beside tsrun: what a container becomes with another runtime, on the same bundle and the same host.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeTemporary } from './temporary.js';
import { type CallOptions, newTsrun, type Outcome, type Tsrun } from './tsrun.js';

export type PeerName = 'runc' | 'crun';

/** crun refuses cgroup v2 beside v1 hierarchies, so it gets a mount namespace in which v2 is alone. */
const ALONE = `set -e
mount --make-rprivate /
test ! -d /sys/fs/cgroup/unified || mount --rbind /sys/fs/cgroup/unified /sys/fs/cgroup
exec "$@"`;

const COMMANDS: Readonly<Record<PeerName, readonly string[]>> = {
  runc: ['/usr/sbin/runc'],
  crun: ['unshare', '--mount', 'sh', '-c', ALONE, 'sh', '/usr/bin/crun'],
};

/** A runtime with a state root of its own; every container that was made through it is deleted at the end of the test. */
export interface Peer {
  /** The words before the arguments of a command. */
  readonly command: readonly string[];
  readonly newId: () => string;
  /** `before` are words before the runtime, such as those of setpriv(1). */
  readonly call: (args: readonly string[], options?: CallOptions & { readonly before?: readonly string[] }) => Outcome;
  readonly must: Peer['call'];
}

export function newPeer(name: PeerName): Peer {
  // Three levels below anything that is not the test's: an old crun has removed the directory above its root.
  const root = join(makeTemporary(), 'state', 'root');
  const peer = peerOf(newTsrun(), [...COMMANDS[name], '--root', root]);
  const ids: string[] = [];
  onTestFinished(() => {
    for (const id of ids) if (existsSync(join(root, id))) peer.must(['delete', '--force', id]);
  });
  return {
    ...peer,
    newId: () => {
      const id = peer.newId();
      ids.push(id);
      return id;
    },
  };
}

/** tsrun by the same calls. */
export function tsrunAsPeer(tsrun: Tsrun, program: string): Peer {
  return peerOf(tsrun, [program, '--root', tsrun.root]);
}

function peerOf(tsrun: Tsrun, command: readonly string[]): Peer {
  const call: Peer['call'] = (args, { before = [], ...options } = {}) => {
    const [program = '', ...rest] = [...before, ...command, ...args];
    return tsrun.execute(program, rest, options);
  };
  const must: Peer['call'] = (args, options) => {
    const outcome = call(args, options);
    if (outcome.status !== 0) throw new Error(`${command.join(' ')} ${args.join(' ')}: ${outcome.stderr}`);
    return outcome;
  };
  return { command, newId: () => tsrun.newId(), call, must };
}
