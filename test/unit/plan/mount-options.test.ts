import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../../src/plan/mount-attributes.js';
import { splitData } from '../../../src/plan/mount-data.js';
import { parseMountOptions } from '../../../src/plan/mount-options.js';

const none: Attributes = { set: [], clear: [] };

describe('parseMountOptions()', () => {
  test.each<[string, Attributes]>([
    ['ro', { set: ['MOUNT_ATTR_RDONLY'], clear: [] }],
    ['rw', { set: [], clear: ['MOUNT_ATTR_RDONLY'] }],
    ['nosuid', { set: ['MOUNT_ATTR_NOSUID'], clear: [] }],
    ['suid', { set: [], clear: ['MOUNT_ATTR_NOSUID'] }],
    ['nodev', { set: ['MOUNT_ATTR_NODEV'], clear: [] }],
    ['dev', { set: [], clear: ['MOUNT_ATTR_NODEV'] }],
    ['noexec', { set: ['MOUNT_ATTR_NOEXEC'], clear: [] }],
    ['exec', { set: [], clear: ['MOUNT_ATTR_NOEXEC'] }],
    ['nodiratime', { set: ['MOUNT_ATTR_NODIRATIME'], clear: [] }],
    ['diratime', { set: [], clear: ['MOUNT_ATTR_NODIRATIME'] }],
    ['nosymfollow', { set: ['MOUNT_ATTR_NOSYMFOLLOW'], clear: [] }],
    ['symfollow', { set: [], clear: ['MOUNT_ATTR_NOSYMFOLLOW'] }],
    ['noatime', { set: ['MOUNT_ATTR_NOATIME'], clear: ['MOUNT_ATTR__ATIME'] }],
    ['strictatime', { set: ['MOUNT_ATTR_STRICTATIME'], clear: ['MOUNT_ATTR__ATIME'] }],
    ['relatime', { set: [], clear: ['MOUNT_ATTR__ATIME'] }],
    ['norelatime', { set: [], clear: ['MOUNT_ATTR__ATIME'] }],
    ['atime', { set: [], clear: ['MOUNT_ATTR__ATIME'] }],
    ['nostrictatime', { set: [], clear: ['MOUNT_ATTR__ATIME'] }],
  ])('reads %s for the mount, and with r before it for the whole tree', (word, attributes) => {
    expect(parseMountOptions([word])).toMatchObject({
      plain: attributes,
      plainListed: true,
      recursive: none,
      data: [],
    });
    expect(parseMountOptions([`r${word}`])).toMatchObject({
      plain: none,
      plainListed: false,
      recursive: attributes,
      data: [],
    });
  });

  test('lets a later word win over an earlier one', () => {
    const { plain } = parseMountOptions(['ro', 'nosuid', 'rw', 'suid', 'nosuid', 'noatime', 'strictatime']);
    expect(plain).toEqual({
      set: ['MOUNT_ATTR_NOSUID', 'MOUNT_ATTR_STRICTATIME'],
      clear: ['MOUNT_ATTR_RDONLY', 'MOUNT_ATTR__ATIME'],
    });
  });

  test('keeps every propagation word, in order', () => {
    expect(parseMountOptions(['rslave', 'shared', 'private', 'runbindable']).propagation).toEqual([
      ['MS_SLAVE', 'MS_REC'],
      ['MS_SHARED'],
      ['MS_PRIVATE'],
      ['MS_UNBINDABLE', 'MS_REC'],
    ]);
  });

  test.each([
    [
      ['sync', 'dirsync', 'mand', 'lazytime'],
      ['sync', 'dirsync', 'mand', 'lazytime'],
    ],
    [['sync', 'async', 'mand', 'nomand', 'lazytime', 'nolazytime'], []],
    [['async', 'sync'], ['sync']],
  ])('reads flags of the superblock from %j', (words, superblock) => {
    expect(parseMountOptions(words)).toMatchObject({ superblock, data: [], plainListed: false });
  });

  test('names what has no effect, and is silent about what is the default anyway', () => {
    const { withoutEffect, data } = parseMountOptions(['iversion', 'silent', 'loud', 'noiversion', 'defaults', '']);
    expect({ withoutEffect, data }).toEqual({ withoutEffect: ['iversion', 'silent'], data: [] });
  });

  test('reads bind, and rbind wins', () => {
    expect(parseMountOptions(['bind']).bind).toBe('bind');
    expect(parseMountOptions(['rbind', 'bind']).bind).toBe('rbind');
    expect(parseMountOptions(['bind', 'rbind']).bind).toBe('rbind');
  });

  test.each<[string, object]>([
    ['remount', { remount: true, copySymlink: false }],
    ['copy-symlink', { remount: false, copySymlink: true }],
    ['idmap', { idMap: { recursive: false, word: 'idmap', index: 1 } }],
    ['ridmap', { idMap: { recursive: true, word: 'ridmap', index: 1 } }],
    ['idmap=uids=0-1-2', { idMap: { recursive: false, word: 'idmap=uids=0-1-2', index: 1 } }],
    ['rsync', { superblock: ['sync'], recursiveSuperblock: [{ word: 'rsync', index: 1 }] }],
    ['rnomand', { superblockCleared: ['nomand'], recursiveSuperblock: [{ word: 'rnomand', index: 1 }] }],
    ['async', { superblock: [], superblockCleared: ['async'], recursiveSuperblock: [] }],
  ])('reads %s', (word, meaning) => {
    expect(parseMountOptions(['ro', word])).toMatchObject({ ...meaning, data: [], problems: [] });
  });

  test('gives the filesystem everything else, names of object properties too', () => {
    expect(parseMountOptions(['ro', 'mode=755,size=64k', 'constructor', 'x-gvfs-hide', '__proto__']).data).toEqual([
      { text: 'mode=755', index: 1 },
      { text: 'size=64k', index: 1 },
      { text: 'constructor', index: 2 },
      { text: '__proto__', index: 4 },
    ]);
  });
});

describe('splitData()', () => {
  test.each([
    ['mode=755', ['mode=755']],
    ['a,b=c,,d', ['a', 'b=c', 'd']],
    ['lowerdir=/a\\,b:/c,upperdir=/u', ['lowerdir=/a\\,b:/c', 'upperdir=/u']],
    ['context="u:r:t:s0:c1,c2",size=1', ['context=u:r:t:s0:c1,c2', 'size=1']],
    ['key=', ['key=']],
    ['x-systemd.automount,X-mount.mkdir,a', ['a']],
    ['', []],
  ])('splits %j', (text, items) => {
    expect(splitData(text)).toEqual({ items, problem: null });
  });

  test.each([
    [`a=${'x'.repeat(255)}`, null],
    [`a=${'x'.repeat(256)}`, '"a" is too long: the mount API takes at most 255 bytes'],
    [`a=${'é'.repeat(128)}`, '"a" is too long: the mount API takes at most 255 bytes'],
    [`a=${'é'.repeat(127)}`, null],
    ['k'.repeat(256), `"${'k'.repeat(64)}" is too long: the mount API takes at most 255 bytes`],
  ])('measures strings in bytes (%#)', (text, problem) => {
    expect(splitData(text).problem).toBe(problem);
  });
});
