// The words of mounts[].options that are attributes of a mount (mount_setattr(2)), and what several of them come to.

import type { MountAttribute } from './names.js';

/** Attributes to set and to clear on a mount. In `clear`, MOUNT_ATTR__ATIME stands for whatever access time mode there was. */
export interface Attributes {
  readonly set: readonly MountAttribute[];
  readonly clear: readonly MountAttribute[];
}

type AccessTime = 'MOUNT_ATTR_NOATIME' | 'MOUNT_ATTR_STRICTATIME' | 'relatime';
type Word = { readonly set: MountAttribute } | { readonly clear: MountAttribute } | { readonly atime: AccessTime };

// relatime is the kernel's default, so every word that turns another mode off means relatime.
export const ATTRIBUTE_WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
  ['ro', { set: 'MOUNT_ATTR_RDONLY' }],
  ['rw', { clear: 'MOUNT_ATTR_RDONLY' }],
  ['nosuid', { set: 'MOUNT_ATTR_NOSUID' }],
  ['suid', { clear: 'MOUNT_ATTR_NOSUID' }],
  ['nodev', { set: 'MOUNT_ATTR_NODEV' }],
  ['dev', { clear: 'MOUNT_ATTR_NODEV' }],
  ['noexec', { set: 'MOUNT_ATTR_NOEXEC' }],
  ['exec', { clear: 'MOUNT_ATTR_NOEXEC' }],
  ['nodiratime', { set: 'MOUNT_ATTR_NODIRATIME' }],
  ['diratime', { clear: 'MOUNT_ATTR_NODIRATIME' }],
  ['nosymfollow', { set: 'MOUNT_ATTR_NOSYMFOLLOW' }],
  ['symfollow', { clear: 'MOUNT_ATTR_NOSYMFOLLOW' }],
  ['noatime', { atime: 'MOUNT_ATTR_NOATIME' }],
  ['atime', { atime: 'relatime' }],
  ['relatime', { atime: 'relatime' }],
  ['norelatime', { atime: 'relatime' }],
  ['strictatime', { atime: 'MOUNT_ATTR_STRICTATIME' }],
  ['nostrictatime', { atime: 'relatime' }],
]);

/** Attributes as words add to them; the access time mode is one of four, so the last word about it wins. */
export class AttributeSet {
  private readonly set = new Set<MountAttribute>();
  private readonly clear = new Set<MountAttribute>();
  private atime: AccessTime | null = null;
  listed = false;

  add(word: Word): void {
    this.listed = true;
    if ('atime' in word) {
      this.atime = word.atime;
    } else if ('set' in word) {
      this.set.add(word.set);
      this.clear.delete(word.set);
    } else {
      this.clear.add(word.clear);
      this.set.delete(word.clear);
    }
  }

  /** mount_setattr(2): the access time mode is changed by clearing all of it and setting the new one; relatime is no bit. */
  result(): Attributes {
    const set = [...this.set];
    const clear = [...this.clear];
    if (this.atime !== null) {
      clear.push('MOUNT_ATTR__ATIME');
      if (this.atime !== 'relatime') {
        set.push(this.atime);
      }
    }
    return { set, clear };
  }
}
