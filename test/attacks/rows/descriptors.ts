// Doors in what a process brings along: descriptors, the current directory, and the file that it is executed from.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { PeerName } from '../../support/peers.js';
import { SECRET } from '../canary.js';
import type { Attack, Row } from '../row.js';
import { WITHOUT_TERMINAL } from './omitted.js';

/** On descriptor 9 of the caller is a directory of the host. */
const LEAK = 'exec 9<"$CANARY"; exec "$@"';
const LEAK_ROOT = 'exec 9</; exec "$@"';

function workingDirectory(id: string, cwd: string, controls: readonly PeerName[]): Row {
  const args = ['/probe', 'attempt', 'list', '.', 'read', 'secret', 'write', 'secret'];
  return {
    id: `leaked-directory-${id}`,
    cve: ['CVE-2024-21626'],
    title: `${cwd} is no way into a directory that the caller left open`,
    door: 'A descriptor of a directory of the host that is still open when the working directory is entered, whose path names it.',
    defence:
      'What is not preserved is closed by the front; the directory that was entered is in the root of the container, or refused (getcwd(2)).',
    controls,
    omits: WITHOUT_TERMINAL,
    caller: LEAK,
    mutate: (spec) => {
      spec.process.cwd = cwd;
      spec.process.args = args;
    },
    expect: {
      refused: /working directory|make the directory "\/proc\/.*ELOOP/,
      ran: ({ stdout }) => expect(stdout).not.toContain(SECRET),
    },
    exec: { mutate: () => {}, flags: ['--cwd', cwd], args },
  };
}

export const DESCRIPTORS: readonly Attack[] = [
  workingDirectory('self', '/proc/self/fd/9', ['crun']),
  workingDirectory('thread-self', '/proc/thread-self/fd/9', ['crun']),
  workingDirectory('init', '/proc/1/fd/9', ['crun']),
  {
    id: 'leaked-program',
    cve: ['CVE-2024-21626'],
    title: 'no program of the host is executed through a descriptor that the caller left open',
    door: 'The path of the program leads through `/proc/self/fd`, to a directory of the host.',
    defence: 'What is not preserved is closed by the front, and everything from 3 on before execve(2).',
    controls: ['crun'],
    omits: WITHOUT_TERMINAL,
    caller: LEAK_ROOT,
    mutate: (spec) => {
      spec.process.args = ['/proc/self/fd/9/bin/cat', '/proc/self/fd/9/etc/hostname'];
    },
    expect: { refused: /exec: "\/proc\/self\/fd\/9\/bin\/cat": (no such file or|not a) directory/ },
    exec: { mutate: () => {}, args: ['/proc/self/fd/9/bin/cat', '/proc/self/fd/9/etc/hostname'] },
  },
  {
    id: 'runtime-as-program',
    cve: ['CVE-2019-5736'],
    title: 'a container that executes /proc/self/exe does not get at the file of the runtime',
    door: 'The program is `/proc/self/exe`, which is the runtime itself, and can be opened for writing once it has been executed.',
    defence: 'What enters a container is a copy in memory, sealed against writing; its file is nowhere.',
    controls: [],
    omits: WITHOUT_TERMINAL,
    mutate: (spec) => {
      spec.process.args = ['/proc/self/exe', 'state', 'x'];
    },
    // The copy, in the container, finds no engine there.
    expect: { refused: /./, ran: ({ stdout }) => expect(stdout).not.toContain('"status"') },
    exec: { mutate: () => {}, args: ['/proc/self/exe', 'state', 'x'] },
  },
  {
    id: 'runtime-as-interpreter',
    cve: ['CVE-2019-5736'],
    title: 'a script whose interpreter is /proc/self/exe does not get at the file of the runtime',
    door: 'As with `/proc/self/exe` itself, but named by a script of the image.',
    defence: 'The same: it is a sealed copy.',
    controls: [],
    omits: WITHOUT_TERMINAL,
    mutate: (spec, { rootfs }) => {
      writeFileSync(join(rootfs, 'script'), '#!/proc/self/exe\n');
      chmodSync(join(rootfs, 'script'), 0o755);
      spec.process.args = ['/script'];
    },
    expect: { refused: /./, ran: ({ stdout }) => expect(stdout).not.toContain('"status"') },
    exec: { args: ['/script'] },
  },
  {
    id: 'sealed-copy',
    cve: ['CVE-2019-5736'],
    title: 'the copy of the runtime that is in a container cannot be written',
    door: '`/proc/PID/exe` of a process that joins the container is opened for writing.',
    defence: 'Sealed memory: F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW and F_SEAL_SEAL; and it is not dumpable.',
    shown: [
      'integration/descriptors: runs a sealed copy in memory, not a file of the host',
      'integration/descriptors: runs a copy that nobody can write',
    ],
  },
  {
    id: 'joining-process',
    cve: ['CVE-2016-9962', 'CVE-2016-8649'],
    title: 'nothing of a process that joins a container is to be had in it',
    door: 'Root of the container traces a process of `exec` before it is the program, or takes its descriptors.',
    defence:
      'It joins all namespaces unseen and is born in the pid namespace last; it is not dumpable, and holds nothing of the host.',
    shown: [
      'attacks/spy: catches nothing of the processes that exec puts there',
      'integration/descriptors: holds only its fifo and the links it opens it by',
    ],
  },
];
