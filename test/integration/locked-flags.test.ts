// Binds of a source whose mount flags are locked, as it comes from a more privileged mount namespace: mount_namespaces(7).
import { describe, expect, test } from 'vitest';
import type { SpecDraft } from '../support/bundle.js';
import { asRootless, OrdinaryUser, UID } from '../support/ordinary-user.js';
import { type MountLine, mountAt, parseReport } from '../support/probe.js';
import { makeTemporary } from '../support/temporary.js';

/** Flags of the host's mount, options of the bind, and what `run` says to it. */
function bind(flags: string, options: readonly string[], mutate: (spec: SpecDraft) => void = () => {}) {
  const source = makeTemporary();
  const user = new OrdinaryUser({ hasRange: false, tmpfs: { [source]: `${flags},uid=${UID},gid=${UID},mode=755` } });
  const { path } = user.bundle({
    mutate: (spec) => {
      asRootless(spec);
      spec.mounts.push({ destination: '/mnt', source, options: [...options] });
      mutate(spec);
    },
  });
  return user.call(['run', '--bundle', path, user.tsrun.newId()]);
}

function bound(flags: string, options: readonly string[]): MountLine {
  const { status, stdout, stderr } = bind(flags, options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return mountAt(parseReport(stdout), '/mnt');
}

describe('a locked flag', () => {
  test.each([
    ['nosuid,nodev,noexec', ['rbind'], ['rw', 'nosuid', 'nodev', 'noexec', 'relatime']],
    ['nosuid,nodev,noexec', ['bind', 'ro'], ['ro', 'nosuid', 'nodev', 'noexec', 'relatime']],
    ['nosuid,nodev', ['bind', 'noexec'], ['rw', 'nosuid', 'nodev', 'noexec', 'relatime']],
    ['ro', ['bind', 'nosuid'], ['ro', 'nosuid', 'relatime']],
    ['noatime', ['bind', 'ro'], ['ro', 'noatime']],
    ['nodiratime', ['bind', 'ro'], ['ro', 'nodiratime', 'relatime']],
    ['noexec', ['bind', 'suid', 'dev', 'rw'], ['rw', 'noexec', 'relatime']],
    ['nosuid,noexec', ['rbind', 'rro'], ['ro', 'nosuid', 'noexec', 'relatime']],
    ['rw', ['bind', 'nosymfollow'], ['rw', 'relatime', 'nosymfollow']],
  ])('of %s stays on a bind with %j', (flags, options, expected) => {
    expect([...bound(flags, options).options].sort()).toEqual([...expected].sort());
  });

  test.each([
    ['nosuid', ['bind', 'suid'], 'nosuid'],
    ['nodev', ['bind', 'ro', 'dev'], 'nodev'],
    ['noexec', ['rbind', 'exec'], 'noexec'],
    ['ro', ['bind', 'rw'], 'ro'],
    ['noatime', ['bind', 'relatime'], 'noatime'],
    ['relatime', ['bind', 'noatime'], 'relatime'],
    ['nodiratime', ['bind', 'diratime'], 'nodiratime'],
    ['noexec', ['rbind', 'rexec'], 'noexec'],
    ['ro', ['rbind', 'rrw'], 'ro'],
    ['relatime', ['rbind', 'rnoatime'], 'relatime'],
  ])('of %s is named where %j asks for its absence', (flags, options, name) => {
    const { status, stderr } = bind(flags, options);
    expect(stderr).toMatch(
      new RegExp(
        `^tsrun: cannot run container "[^"]+": set the flags of a mount: the source is mounted "${name}", which a user namespace may not change\n`,
      ),
    );
    expect(status).toBe(1);
  });

  test('is no hindrance for what is read-only or masked', () => {
    const { status, stdout, stderr } = bind('nosuid,noexec,noatime', ['rbind'], (spec) => {
      spec.linux.readonlyPaths.push('/mnt');
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { options } = mountAt(parseReport(stdout), '/mnt');
    expect([...options].sort()).toEqual(['noatime', 'noexec', 'nosuid', 'ro']);
    const masked = bind('nosuid,noexec', ['rbind'], (spec) => {
      spec.linux.maskedPaths.push('/mnt');
    });
    expect({ status: masked.status, stderr: masked.stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('is no hindrance for a rootfs on such a mount', () => {
    const source = makeTemporary();
    const user = new OrdinaryUser({ hasRange: false });
    const { path, rootfs } = user.bundle({
      mutate: (spec) => {
        asRootless(spec);
        spec.root = { path: `${source}/rootfs`, readonly: true };
      },
    });
    const script = 'cp -r "$1" "$2" && mkdir -p "$2"/rootfs/dev && shift 2 && exec "$@"';
    const within = ['sh', '-c', script, 'sh', rootfs, source];
    const there = new OrdinaryUser({
      hasRange: false,
      tmpfs: { [source]: `nosuid,nodev,noatime,uid=${UID},mode=755` },
      within,
    });
    const { status, stdout, stderr } = there.call(['run', '--bundle', path, there.tsrun.newId()]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(mountAt(parseReport(stdout), '/').options).toEqual(['ro', 'nosuid', 'nodev', 'noatime']);
  });
});

describe('a directory with other mounts in it', () => {
  const inside = (options: readonly string[]) => {
    const source = makeTemporary();
    const below = `${source}/below`;
    const user = new OrdinaryUser({
      hasRange: false,
      tmpfs: { [source]: `uid=${UID},mode=755`, [`${below}`]: 'X-mount.mkdir,mode=755' },
    });
    const { path } = user.bundle({
      mutate: (spec) => {
        asRootless(spec);
        spec.mounts.push({ destination: '/mnt', source, options: [...options] });
      },
    });
    return user.call(['run', '--bundle', path, user.tsrun.newId()]);
  };

  test('can be bound with them', () => {
    expect(inside(['rbind'])).toMatchObject({ status: 0, stderr: '' });
  });

  test('cannot be bound without them, as that would show what they cover', () => {
    expect(inside(['bind'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/bind ".*": invalid argument \(EINVAL\)\nhint: .*"rbind"\n$/),
    });
  });
});
