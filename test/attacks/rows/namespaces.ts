// Doors in the namespaces, cgroups and keyrings around a container.
import { expect } from 'vitest';
import { shareNamespace } from '../../support/bundle.js';
import type { PeerName } from '../../support/peers.js';
import { ringName } from '../../support/temporary.js';
import type { Attack, Row } from '../row.js';
import { REFUSED_BEFORE, WITHOUT_TERMINAL } from './omitted.js';

/** A cgroup of another name than this ring's would be left to nobody to remove. */
const name = () => `test-${ringName()}-attack`;

function cgroupsPath(id: string, path: () => string, controls: readonly PeerName[]): Row {
  return {
    id: `cgroup-${id}`,
    cve: ['crun 1.28', 'runc 1.5.2'],
    title: `a cgroupsPath ${id.replaceAll('-', ' ')} makes nothing outside of the tree of cgroups`,
    door: 'A path of the cgroup with `..`: directories are made on the disk, and limits are written into files there, which hold for nobody.',
    defence: 'A path is checked component by component, and made below the cgroup2 mount, one name at a time.',
    controls,
    omits: REFUSED_BEFORE,
    mutate: (spec) => {
      spec.linux.cgroupsPath = path();
    },
    expect: { refused: /cgroupsPath/ },
  };
}

export const NAMESPACES: readonly Attack[] = [
  {
    id: 'without-a-mount-namespace',
    cve: ['runc 1.5.3'],
    title: 'without a mount namespace the mounts of the host stay as they are',
    door: 'A container that shares the mount namespace of the host: its root is prepared all the same, and `/` becomes private for everybody.',
    defence: 'Nothing is mounted, and no propagation changed, where there is no mount namespace.',
    controls: ['runc'],
    omits: [
      ...WITHOUT_TERMINAL,
      {
        variant: { userNamespace: true },
        why: 'its root may not change its root directory in a mount namespace of the host',
      },
    ],
    mutate: (spec) => {
      shareNamespace(spec, 'mount');
      spec.mounts = [];
      spec.linux.maskedPaths = [];
      spec.linux.readonlyPaths = [];
      spec.process.args = ['/probe', 'attempt', 'list', '/'];
    },
    expect: { ran: ({ answer }) => expect(answer('list /')).toMatch(/\bprobe\b/) },
    exec: { args: ['/probe', 'attempt', 'list', '/'] },
  },
  cgroupsPath('that-climbs', () => `../../../../../tmp/${name()}`, ['runc']),
  cgroupsPath('that-climbs-in-the-middle', () => `/${name()}/../../../../tmp/${name()}`, ['runc', 'crun']),
  {
    id: 'cgroup-of-a-sibling',
    cve: ['crun 1.29', 'runc 1.5.2'],
    title: 'exec --cgroup does not lead out of the cgroup of the container',
    door: 'A path with `..`, or of a cgroup whose name only begins like that of the container.',
    defence: "The path is resolved below the container's own cgroup, without links.",
    controls: [],
    omits: [
      ...WITHOUT_TERMINAL,
      { variant: { way: 'create' }, why: 'of exec alone' },
      { variant: { way: 'run' }, why: 'of exec alone' },
    ],
    mutate: () => {},
    expect: { refused: /cgroup/ },
    exec: { flags: ['--cgroup', '../..'], args: ['/probe', 'true'] },
  },
  {
    id: 'abstract-sockets',
    cve: ['CVE-2020-15257'],
    title: 'a container with the network of the host finds no abstract socket of the runtime',
    door: 'Abstract sockets belong to the network namespace, and whoever is in that one can connect to them.',
    defence: 'tsrun talks over socket pairs, and listens only at paths below its state directory.',
    shown: [
      'attacks/callers: no process of tsrun listens at an abstract socket, which a container with the network of the host could reach',
    ],
  },
  {
    id: 'keyring-of-the-caller',
    cve: ['runc keyring'],
    title: 'a program has a session keyring of its own, not that of the caller',
    door: 'The session keyring of whoever called the runtime, with his keys.',
    defence: 'A new one, `_ses.ID`, is joined before anything of the container is done; exec joins the same.',
    shown: [
      'integration/exec-namespaces: is one for all processes of a container',
      'integration/user-namespace: has a session keyring of its own, which exec joins',
    ],
  },
  {
    id: 'devices-by-default',
    cve: ['GHSA-g54h-m393-cpwq'],
    title: 'a device that no rule allows cannot be opened',
    door: 'A list of device rules that is taken for exceptions from a permission.',
    defence: 'Everything is denied first; an update replaces the program in one step.',
    shown: [
      'integration/device-rules: no other device can be opened, though its node is there',
      'integration/device-rules: the same is true of an empty list, and where all is denied',
    ],
  },
  {
    id: 'state-of-others',
    cve: ['CVE-2021-41091', 'CVE-2021-41103', 'CVE-2024-25621'],
    title: "other users of the host cannot pass through the directories of a container's state",
    door: 'Directories that anybody may pass through lead to programs of the rootfs that are setuid.',
    defence: 'The state root and what is in it belong to the caller alone, whatever the umask.',
    shown: ['attacks/callers: is closed to other users under umask 000'],
  },
  {
    id: 'terminal-input',
    cve: ['CVE-2016-2781', 'CVE-2017-5226'],
    title: 'a program cannot type on the terminal of the caller',
    door: 'TIOCSTI on a terminal of the host, which its shell reads when the container has ended.',
    defence: 'A session of its own, in which that terminal is not the controlling one.',
    shown: ['attacks/callers: is not typed on'],
  },
  {
    id: 'lengths',
    cve: ['CVE-2021-43784'],
    title: 'a field of any length is that field, and no other',
    door: 'A length in 16 bits on the way to the process that enters the namespaces, which a long field wraps around.',
    defence:
      'A plan is text, of which the helper refuses every line that is not well formed; numbers have 64 bits, and the whole has a limit.',
    shown: ['attacks/callers: arrives as it is, also around 2^16'],
  },
];
