import { describe, expect, it } from 'vitest';
import { findResctrl } from '../../../src/host/resctrl.js';

const line = (root: string, target: string, tail: string) =>
  `31 23 0:28 ${root} ${target} rw,relatime shared:9 - ${tail}`;

describe('findResctrl()', () => {
  it.each<[string, string[], string | null]>([
    ['nothing', [], null],
    ['other filesystems', [line('/', '/sys', 'sysfs sysfs rw'), line('/', '/r', 'fuse.resctrl resctrl rw')], null],
    [
      'the mount',
      [line('/', '/sys', 'sysfs sysfs rw'), line('/', '/sys/fs/resctrl', 'resctrl resctrl rw')],
      '/sys/fs/resctrl',
    ],
    [
      'not a part of it',
      [line('/gold', '/r', 'resctrl resctrl rw'), line('/', '/s', 'resctrl none rw,mba_MBps')],
      '/s',
    ],
    ['a path with a space', [line('/', '/a\\040b\\134', 'resctrl resctrl rw')], '/a b\\'],
  ])('finds %s', (_, lines, expected) => {
    expect(findResctrl(`${lines.join('\n')}\n`)).toBe(expected);
  });
});
