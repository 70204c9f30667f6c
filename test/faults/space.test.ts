// State roots that cannot be written, or that must not be used: create says why and leaves nothing. File systems are made in a mount
// namespace of the test, so the host's mounts stay as they are.
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cgroupRoot } from '../support/host.js';
import { TSRUN } from '../support/paths.js';
import type { Outcome } from '../support/tsrun.js';
import { Rig } from './rig.js';

/** Runs create on a root that a shell script prepares in a mount namespace; what is then in the root is printed last. */
function createOn(rig: Rig, prepare: string): Outcome & { left: string } {
  const script = `
    exec 9>&1
    unshare --mount --propagation private /bin/sh -c '
      mkdir -p "$ROOT"
      ${prepare}
      "$@" >&9
      status=$?
      [ $status != 0 ] || "$1" --root "$ROOT" delete --force "$ID"
      ls -A "$ROOT" > "$LIST"
      exit $status
    ' sh "$@"`;
  const list = join(rig.directory, 'list');
  const env = { ID: rig.id, ROOT: rig.tsrun.root, LIST: list };
  const outcome = rig.tsrun.callFrom(script, rig.createArguments(), rig.options({ env }));
  return { ...outcome, left: rig.tsrun.execute('/bin/cat', [list]).stdout };
}

const HAS_BTRFS = existsSync('/dev/loop-control') && /\tbtrfs$/m.test(readFileSync('/proc/filesystems', 'utf8'));

/** A btrfs of its own, whose quota groups hold for root too. */
function ofQuota(limit: string): string {
  return `
    truncate -s 128M "$ROOT.image" && mkfs.btrfs --quiet "$ROOT.image" > /dev/null 2>&1 &&
    mount -o loop "$ROOT.image" "$ROOT" && chmod 700 "$ROOT" &&
    btrfs quota enable "$ROOT" && btrfs qgroup limit ${limit} "$ROOT"`;
}

const full: [string, string, string][] = [
  [
    'has no space left',
    'mount -t tmpfs -o mode=700,size=64k tmpfs "$ROOT" && ! cat /dev/zero > "$ROOT/filler" 2> /dev/null',
    'no space left on device (ENOSPC)',
  ],
  [
    'has too little space left for the state',
    'mount -t tmpfs -o mode=700,size=64k tmpfs "$ROOT" && head -c 57344 /dev/zero > "$ROOT/filler"',
    'no space left on device (ENOSPC)',
  ],
  ['has no inode left', 'mount -t tmpfs -o mode=700,nr_inodes=1 tmpfs "$ROOT"', 'no space left on device (ENOSPC)'],
  ['has two inodes left', 'mount -t tmpfs -o mode=700,nr_inodes=3 tmpfs "$ROOT"', 'no space left on device (ENOSPC)'],
  [
    'is read-only',
    'mount -t tmpfs -o mode=700 tmpfs "$ROOT" && mount -o remount,ro "$ROOT"',
    'read-only file system (EROFS)',
  ],
];

async function expectRefused(prepare: string, words: string): Promise<void> {
  const rig = new Rig();
  const outcome = createOn(rig, prepare);
  rig.expectWorded(outcome, prepare);
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr).toContain(words);
  expect(outcome.stderr).toContain(rig.tsrun.root);
  expect(outcome.left.replace('filler\n', '')).toBe('');
  await rig.expectNothingLeft(prepare);
}

describe('a state root', () => {
  test.each(full)('that %s is an error of create, which leaves nothing', async (_, prepare, words) => {
    await expectRefused(prepare, words);
  });

  test.skipIf(!HAS_BTRFS).each(['16K', '64K', '128K'])(
    'whose quota is %s is an error of create, which leaves nothing (needs btrfs and loop devices)',
    async (limit) => {
      await expectRefused(ofQuota(limit), 'disk quota exceeded (EDQUOT)');
    },
  );

  test.each([4, 5, 6, 7])('whose inodes end with number %i, wherever that is, is left as it was', async (count) => {
    const rig = new Rig();
    const outcome = createOn(rig, `mount -t tmpfs -o mode=700,nr_inodes=${count} tmpfs "$ROOT"`);
    rig.expectWorded(outcome, `${count} inodes`);
    expect(outcome.stderr).toContain('no space left on device (ENOSPC)');
    expect(outcome.left).toBe('');
    await rig.expectNothingLeft(`${count} inodes`);
  });
});

/** Limits of a container on a root of so many pages, in which an update finds as many left. */
function updateWith(rig: Rig, pages: number): Outcome {
  const script = `
    exec 9>&1
    unshare --mount --propagation private /bin/sh -c '
      mkdir -p "$ROOT" && mount -t tmpfs -o mode=700,size=256k tmpfs "$ROOT"
      "$1" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" < /dev/null
      cat /dev/zero > "$ROOT/.filler" 2> /dev/null
      truncate -s "-$((PAGES * 4096))" "$ROOT/.filler"
      "$@" < "$CHANGE" >&9
      status=$?
      cat "$DEPTH" >&9
      rm "$ROOT/.filler"
      "$@" < "$CHANGE" >&9 && cat "$DEPTH" >&9
      "$1" --root "$ROOT" delete --force "$ID" && ls -A "$ROOT" >&9
      exit $status
    ' sh "$@"`;
  const change = join(rig.directory, 'change.json');
  writeFileSync(change, '{"unified":{"cgroup.max.depth":"5"}}');
  const env = {
    ID: rig.id,
    ROOT: rig.tsrun.root,
    BUNDLE: rig.bundle.path,
    CHANGE: change,
    PAGES: String(pages),
    DEPTH: join(cgroupRoot(), rig.id, 'cgroup.max.depth'),
  };
  return rig.tsrun.callFrom(script, ['update', '--resources', '-', rig.id], rig.options({ env }));
}

test.each([0, 1])(
  'with %i pages left, an update changes nothing and says why, and works when there is space',
  async (pages) => {
    const rig = new Rig();
    const outcome = updateWith(rig, pages);
    expect(outcome).toMatchObject({ status: 1, stdout: 'max\n5\n' });
    expect(outcome.stderr).toBe(
      `tsrun: cannot update container "${rig.id}": write in "${rig.file('')}": no space left on device (ENOSPC)\n`.replace(
        '/"',
        '"',
      ),
    );
    await rig.expectNothingLeft(`${pages} pages`);
  },
);

/** What is made there, and what create says; a root below what was made is asked for where `below` says so. */
const refused: { title: string; make: (root: string) => void; below?: string; words: RegExp }[] = [
  {
    title: 'a file',
    make: (root) => writeFileSync(root, ''),
    words: /cannot create the state root .*file exists \(EEXIST\)/,
  },
  {
    title: 'below a file',
    make: (root) => writeFileSync(root, ''),
    below: 'root',
    words: /cannot create the state root .*not a directory \(ENOTDIR\)/,
  },
  {
    title: 'a dangling link',
    make: (root) => symlinkSync('/nonexistent/place', root),
    words: /cannot create the state root/,
  },
  { title: 'writable by its group', make: (root) => makeRoot(root, 0o770), words: /group or others may write to it/ },
  { title: 'writable by all', make: (root) => makeRoot(root, 0o1777), words: /group or others may write to it/ },
  { title: 'of another user', make: (root) => makeRoot(root, 0o700, 65534), words: /it belongs to uid 65534/ },
];

function makeRoot(root: string, mode: number, uid = 0): void {
  mkdirSync(root);
  chmodSync(root, mode);
  chownSync(root, uid, uid);
}

describe('a state root that is', () => {
  test.each(refused)('$title is refused by create, which makes nothing in it', async ({ make, below = '', words }) => {
    const rig = new Rig();
    make(rig.tsrun.root);
    const root = join(rig.tsrun.root, below);
    const outcome = rig.tsrun.execute(TSRUN, ['--root', root, ...rig.createArguments()], rig.options());
    const status = lstatSync(rig.tsrun.root);
    const left = status.isDirectory() ? readdirSync(rig.tsrun.root) : [];
    rmSync(rig.tsrun.root, { recursive: true });
    rig.expectWorded(outcome, root);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(words);
    expect(outcome.stderr).toContain(root);
    expect(left).toEqual([]);
    await rig.expectNothingLeft(root);
  });
});
