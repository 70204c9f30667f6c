// Doors in who the program is, and what it has of its caller: ids, groups, capabilities, environment.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { PeerName } from '../../support/peers.js';
import type { Allowed, Attack, Row } from '../row.js';
import { ONLY_EXEC, REFUSED_BEFORE, WITHOUT_TERMINAL } from './omitted.js';

const NONE = '0000000000000000';

/** Every name that looks like a number is root's in the image. */
function withNumbersAsNames(rootfs: string): void {
  const names = ['1', '01', '1000', '-1', '1e3', ' 1', '+1', '4294967295', '4294967296'];
  mkdirSync(join(rootfs, 'etc'));
  writeFileSync(join(rootfs, 'etc/passwd'), names.map((name) => `${name}:x:0:0::/:/bin/sh\n`).join(''));
  writeFileSync(join(rootfs, 'etc/group'), names.map((name) => `${name}:x:0:\n`).join(''));
}

/** Every capability that the container may have, for whoever has inherited it: what `P'(permitted)` adds of such a file (capabilities(7)). */
function makeCapable(rootfs: string): void {
  const file = join(rootfs, 'capable');
  copyFileSync(join(rootfs, 'probe'), file);
  execFileSync('setcap', ['cap_net_bind_service,cap_net_raw,cap_kill+ei', file]);
}

function numericUser(user: string, allowed: Allowed, controls: readonly PeerName[] = []): Row {
  return {
    id: `user-${JSON.stringify(user).slice(1, -1).replaceAll(' ', 'space ')}`,
    cve: ['CVE-2026-30892', 'CVE-2016-3697', 'CVE-2024-40635', 'CVE-2026-46680'],
    title: `exec --user ${JSON.stringify(user)} never makes root of somebody whom the image calls so`,
    door: 'A number that is looked up as a name in the passwd file of the image, is too large for an id, or is taken for another one.',
    defence: 'One parser: digits alone are a number from 0 to 2³²-2, and never a name.',
    controls,
    omits: ONLY_EXEC,
    mutate: (_spec, { rootfs }) => withNumbersAsNames(rootfs),
    expect: allowed,
    exec: { flags: ['--user', user], args: ['/probe', 'report'] },
  };
}

const is = (uid: number): Allowed => ({
  ran: ({ report }) => expect([report().uid, report().euid]).toEqual([uid, uid]),
});

function environmentEntry(id: string, entry: string): Row {
  return {
    id: `environment-${id}`,
    cve: ['CVE-2021-21334', 'CVE-2021-3602', 'CVE-2026-57231'],
    title: `an entry of process.env like ${JSON.stringify(entry)} is refused`,
    door: 'A name without a value, or a pattern, that stands for what the caller has in its own environment.',
    defence: 'The environment is that of config.json, nothing is inherited, and an entry is `NAME=value` without NUL.',
    controls: ['crun'],
    omits: REFUSED_BEFORE,
    mutate: (spec) => void spec.process.env.push(entry),
    expect: { refused: /process\.env\[2\]|a string with NUL/ },
  };
}

export const IDENTITY: readonly Attack[] = [
  {
    id: 'inheritable-capabilities',
    cve: [
      'CVE-2022-24769',
      'CVE-2022-29162',
      'CVE-2022-27649',
      'CVE-2022-27650',
      'CVE-2022-27651',
      'CVE-2025-27612',
      'CVE-2016-8867',
    ],
    title: 'no capability is inheritable, or ambient, that config.json does not say so of',
    door: 'Inheritable capabilities, which a file of the image with capabilities of its own makes effective for any user.',
    defence: 'The five sets are exactly those of config.json; ambient ones are cleared and raised one by one.',
    controls: [],
    omits: WITHOUT_TERMINAL,
    mutate: (spec) => {
      spec.process.user = { uid: 1000, gid: 1000 };
    },
    expect: { ran: ({ report }) => expect([report().capInh, report().capAmb]).toEqual([NONE, NONE]) },
    exec: { flags: ['--cap', 'CAP_NET_RAW'], args: ['/probe', 'report'] },
  },
  {
    id: 'capabilities-of-a-file',
    cve: ['CVE-2022-24769', 'CVE-2022-29162'],
    title: 'a program of the image that has capabilities in its file gets none that config.json does not give',
    door: 'An executable file of the image that takes what is inheritable, run by a user who is to have nothing.',
    defence:
      'No capability is inheritable but those of config.json, and the bounding set is dropped before the program.',
    controls: ['crun'],
    omits: WITHOUT_TERMINAL,
    mutate: (spec, { rootfs }) => {
      makeCapable(rootfs);
      spec.process.noNewPrivileges = false;
      spec.process.user = { uid: 1000, gid: 1000 };
      spec.process.args = ['/capable', 'report'];
    },
    expect: { ran: ({ report }) => expect([report().capPrm, report().capEff]).toEqual([NONE, NONE]) },
    exec: { flags: ['--cap', 'CAP_NET_RAW'], args: ['/capable', 'report'] },
  },
  {
    id: 'groups-of-the-caller',
    cve: ['CVE-2022-2989', 'CVE-2022-2990', 'CVE-2022-2995', 'CVE-2023-25173'],
    title: 'no supplementary group of the caller is kept',
    door: 'The groups that the runtime was called with, whose files are open to the program.',
    defence: 'setgroups(2) with exactly the groups of config.json, also with none.',
    controls: ['crun'],
    omits: WITHOUT_TERMINAL,
    caller: 'exec setpriv --groups 2,3,4 -- "$@"',
    mutate: (spec) => {
      spec.process.user.additionalGids = [7];
    },
    expect: { ran: ({ report }) => expect(report().groups).toEqual([7]) },
    exec: { args: ['/probe', 'report'] },
  },
  {
    id: 'groups-without-root',
    cve: ['CVE-2014-8989'],
    title: 'a user who maps ids without privilege denies setgroups(2)',
    door: 'A group that forbids is dropped in a user namespace.',
    defence: "`deny` is written first, through a procfs of tsrun's own; newgidmap(1) decides about others.",
    shown: ['integration/rootless: is told that nobody can have other groups'],
  },
  numericUser('1', is(1)),
  numericUser('1000', is(1000)),
  numericUser('01', { refused: /user/, ...is(1) }),
  numericUser('4294967295', { refused: /user/ }, ['crun']),
  numericUser('4294967296', { refused: /user/ }, ['runc', 'crun']),
  numericUser('-1', { refused: /user/ }, ['crun']),
  numericUser('1:', { refused: /user/ }, ['crun']),
  numericUser(':1', { refused: /user/ }, ['crun']),
  {
    id: 'passwd-is-a-fifo',
    cve: ['CVE-2022-1708', 'GO-2026-5475'],
    title: 'an /etc/passwd that is a fifo is not waited for',
    door: 'The image has a fifo where the runtime looks a user up, which nobody ever writes to.',
    defence: 'Opened without waiting, and only regular files are read, up to 1 MiB.',
    controls: ['runc', 'crun'],
    omits: [...WITHOUT_TERMINAL, { variant: { way: 'create' }, why: 'a peer takes half a minute each' }],
    mutate: (_spec, { rootfs }) => {
      mkdirSync(join(rootfs, 'etc'));
      execFileSync('mkfifo', [join(rootfs, 'etc/passwd'), join(rootfs, 'etc/group')]);
    },
    expect: { ran: ({ report }) => expect(report().uid).toBe(0) },
    exec: {
      flags: ['--user', '5'],
      args: ['/probe', 'report'],
      expect: { ran: ({ report }) => expect(report().uid).toBe(5) },
    },
  },
  {
    id: 'passwd-without-end',
    cve: ['CVE-2022-1708', 'GO-2026-5475'],
    title: 'files of users are read up to a limit, and no link of theirs is followed to the host',
    door: 'A passwd file of any size, or a loop of links in its place.',
    defence: 'Opened below the root of the container, 1 MiB of it is read.',
    shown: [
      'integration/exec-names: are read up to a limit',
      "integration/exec-names: are never the host's, wherever their links lead",
      'integration/exec-names: are not waited for when they are fifos',
    ],
  },
  {
    id: 'environment-of-the-caller',
    cve: ['CVE-2021-21334', 'CVE-2021-3602'],
    title: 'nothing of the environment of the caller is in that of the program',
    door: 'A variable of the caller, with a secret, that the program inherits.',
    defence: 'The environment is that of config.json.',
    controls: [],
    omits: WITHOUT_TERMINAL,
    mutate: () => {},
    expect: { ran: ({ report }) => expect(report().env.join('\n')).not.toMatch(/canary/i) },
    exec: { args: ['/probe', 'report'] },
  },
  environmentEntry('bare-name', 'CANARY'),
  environmentEntry('pattern', '*'),
  environmentEntry('without-a-name', '=x'),
  environmentEntry('with-nul', 'A=a\0B=b'),
  {
    id: 'hook-environment',
    cve: ['CVE-2025-23266', 'cyphar/runc#4688'],
    title: 'a createContainer hook does not get the environment of the program',
    door: "LD_PRELOAD in `process.env`, which is the image's: a hook, which is root on the host, loads a library of the rootfs.",
    defence: 'A hook has the environment that config.json gives it, and otherwise an empty one.',
    controls: ['runc'],
    omits: WITHOUT_TERMINAL,
    mutate: (spec, { path }) => {
      spec.process.env.push('LD_PRELOAD=/attack.so', 'NODE_OPTIONS=--require=/attack.js');
      const file = join(path, 'environment-of-the-hook');
      writeFileSync(file, '');
      // In a user namespace its root writes it.
      chmodSync(file, 0o666);
      const script = `(echo begun; cat /proc/self/environ) >"${file}"`;
      spec.hooks = { createContainer: [{ path: '/bin/sh', args: ['sh', '-c', script] }] };
      spec.process.args = ['/probe', 'true'];
    },
    expect: {
      ran: ({ bundle }) => {
        const found = readFileSync(join(bundle.path, 'environment-of-the-hook'), 'utf8');
        expect(found).toMatch(/^begun/);
        expect(found).not.toMatch(/LD_PRELOAD|NODE_OPTIONS/);
      },
    },
  },
  {
    id: 'libraries-of-the-image',
    cve: ['CVE-2019-14271', 'CVE-2022-1227', 'CVE-2026-41567'],
    title: 'no program or library of the image is loaded by the runtime',
    door: 'A runtime that looks names up by nss, or executes something, once it is in the root of the image.',
    defence: 'A static program without nss; the calls that would load something do not compile.',
    shown: [
      'unit/architecture: are poison to every C file, in its last include, but those that are listed with a reason',
    ],
  },
];
