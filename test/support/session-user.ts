// A user of the virtual machine with a systemd of his own, as one who is logged in has it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { waitFor } from './wait-for.js';

export interface SessionUser {
  readonly name: string;
  readonly uid: number;
}

/** XDG_RUNTIME_DIR of that user. */
export function runtimeDirectory({ uid }: SessionUser): string {
  return `/run/user/${uid}`;
}

/** The cgroup of the user's systemd. */
export function managerCgroup({ uid }: SessionUser): string {
  return `/sys/fs/cgroup/user.slice/user-${uid}.slice/user@${uid}.service`;
}

/** The user's account, and the systemd that lingers; waits until its bus can be used. */
export async function startSession(user: SessionUser): Promise<void> {
  const { name, uid } = user;
  if (!readFileSync('/etc/passwd', 'utf8').includes(`${name}:`)) {
    execFileSync('groupadd', ['-g', String(uid), name]);
    execFileSync('useradd', ['-u', String(uid), '-g', String(uid), '-M', '-s', '/bin/sh', name]);
  }
  execFileSync('systemctl', ['start', 'systemd-logind']);
  execFileSync('loginctl', ['enable-linger', name]);
  await waitFor("the user's bus", () => spawnSync(...asSessionUser(user, ['busctl', '--user', 'list'])).status === 0);
}

export function stopSession({ name, uid }: SessionUser): void {
  execFileSync('loginctl', ['disable-linger', name]);
  execFileSync('systemctl', ['stop', `user@${uid}.service`, `user-runtime-dir@${uid}.service`, 'systemd-logind']);
}

/** Lets the user give `count` ids from `first` on to containers, and no others (subuid(5)): useradd(8) may have granted some. */
export function grantRange({ name }: SessionUser, first: number, count: number): void {
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    const others = lines.filter((line) => line !== '' && !line.startsWith(`${name}:`));
    writeFileSync(file, `${[...others, `${name}:${first}:${count}`].join('\n')}\n`);
  }
}

/** Program and arguments that run a command as the user, outside of the user's own cgroups; `environment` as `NAME=value`. */
export function asSessionUser(
  user: SessionUser,
  command: readonly string[],
  environment: readonly string[] = [],
): [string, string[]] {
  const own = [`PATH=${process.env.PATH}`, `XDG_RUNTIME_DIR=${runtimeDirectory(user)}`, ...environment];
  const { uid } = user;
  return [
    'setpriv',
    ['--reuid', String(uid), '--regid', String(uid), '--init-groups', 'env', '-i', ...own, ...command],
  ];
}
