// mounts[].options: each word's meaning for the new mount API. mounts.ts makes operations of the result.

import { splitData } from './mount-data.js';
import type { MountAttribute, Propagation } from './names.js';

/** Attributes to set and to clear on a mount. In `clear`, MOUNT_ATTR__ATIME stands for whatever access time mode there was. */
export interface Attributes {
  readonly set: readonly MountAttribute[];
  readonly clear: readonly MountAttribute[];
}

export interface MountOptions {
  readonly bind: 'none' | 'bind' | 'rbind';
  /** What the plain words ask for: this mount. */
  readonly plain: Attributes;
  /** True if any plain attribute word was listed, also one that asks for what is the default. */
  readonly plainListed: boolean;
  /** What the r-words ask for: this mount and all below it. */
  readonly recursive: Attributes;
  readonly propagation: readonly (readonly Propagation[])[];
  /** Flags of the superblock, by their fsconfig(2) names. */
  readonly superblock: readonly string[];
  /** `key=value` and `key` for the filesystem, and the index of the option each came from. */
  readonly data: readonly { readonly text: string; readonly index: number }[];
  readonly copyUp: boolean;
  readonly sourceNoFollow: boolean;
  readonly targetNoFollow: boolean;
  /** Words listed that the mount API has no way to do, and which change nothing that a container can see. */
  readonly withoutEffect: readonly string[];
  /** What is wrong, by the index of the option. */
  readonly problems: readonly { readonly index: number; readonly message: string }[];
}

type AccessTime = 'MOUNT_ATTR_NOATIME' | 'MOUNT_ATTR_STRICTATIME' | 'relatime';
type Word = { readonly set: MountAttribute } | { readonly clear: MountAttribute } | { readonly atime: AccessTime };

// relatime is the kernel's default, so every word that turns another mode off means relatime.
const ATTRIBUTE_WORDS: ReadonlyMap<string, Word> = new Map<string, Word>([
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

const PROPAGATION_WORDS: ReadonlyMap<string, Propagation> = new Map([
  ['private', 'MS_PRIVATE'],
  ['shared', 'MS_SHARED'],
  ['slave', 'MS_SLAVE'],
  ['unbindable', 'MS_UNBINDABLE'],
]);

// fs/fs_context.c, vfs_parse_sb_flag(): the only superblock flags that fsconfig takes for every filesystem. `ro` is mounts.ts's decision.
const SUPERBLOCK_SET = new Set(['sync', 'dirsync', 'mand', 'lazytime']);
const SUPERBLOCK_CLEAR: ReadonlyMap<string, string> = new Map([
  ['async', 'sync'],
  ['nomand', 'mand'],
  ['nolazytime', 'lazytime'],
]);

// MS_I_VERSION and MS_SILENT exist for mount(2) only; noiversion and loud are how it is anyway.
const WITHOUT_EFFECT = new Set(['iversion', 'silent']);
const DEFAULTS = new Set(['', 'defaults', 'noiversion', 'loud']);

const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['remount', 'cannot remount: a container that is being made has no earlier mount of its own to change'],
  ['copy-symlink', '"copy-symlink" is not supported by this version'],
  ['idmap', 'id-mapped mounts are not supported by this version'],
  ['ridmap', 'id-mapped mounts are not supported by this version'],
]);

/** Mutable while the words are read in their order: a later word wins over an earlier one. */
class OptionReader {
  bind: MountOptions['bind'] = 'none';
  plain = new AttributeSet();
  recursive = new AttributeSet();
  propagation: Propagation[][] = [];
  superblock = new Set<string>();
  data: { text: string; index: number }[] = [];
  copyUp = false;
  sourceNoFollow = false;
  targetNoFollow = false;
  withoutEffect: string[] = [];
  problems: { index: number; message: string }[] = [];

  read(word: string, index: number): void {
    if (
      this.readAttribute(word) ||
      this.readPropagation(word) ||
      this.readSuperblock(word) ||
      this.readRuntimeWord(word)
    ) {
      return;
    }
    const unsupported = UNSUPPORTED.get(word.startsWith('idmap=') ? 'idmap' : word);
    if (unsupported !== undefined) {
      this.problems.push({ index, message: unsupported });
    } else if (WITHOUT_EFFECT.has(word)) {
      this.withoutEffect.push(word);
    } else if (!DEFAULTS.has(word)) {
      this.readData(word, index);
    }
  }

  private readAttribute(word: string): boolean {
    const plain = ATTRIBUTE_WORDS.get(word);
    if (plain !== undefined) {
      this.plain.add(plain);
      return true;
    }
    const recursive = word.startsWith('r') ? ATTRIBUTE_WORDS.get(word.slice(1)) : undefined;
    if (recursive !== undefined) {
      this.recursive.add(recursive);
    }
    return recursive !== undefined;
  }

  private readPropagation(word: string): boolean {
    const plain = PROPAGATION_WORDS.get(word);
    const flag = plain ?? (word.startsWith('r') ? PROPAGATION_WORDS.get(word.slice(1)) : undefined);
    if (flag !== undefined) {
      this.propagation.push(plain === undefined ? [flag, 'MS_REC'] : [flag]);
    }
    return flag !== undefined;
  }

  private readSuperblock(word: string): boolean {
    const cleared = SUPERBLOCK_CLEAR.get(word);
    if (cleared !== undefined) {
      this.superblock.delete(cleared);
    } else if (SUPERBLOCK_SET.has(word)) {
      this.superblock.add(word);
    }
    return cleared !== undefined || SUPERBLOCK_SET.has(word);
  }

  private readRuntimeWord(word: string): boolean {
    switch (word) {
      case 'bind':
      case 'rbind':
        this.bind = word === 'rbind' || this.bind === 'rbind' ? 'rbind' : 'bind';
        return true;
      case 'tmpcopyup':
        this.copyUp = true;
        return true;
      case 'src-nofollow':
        this.sourceNoFollow = true;
        return true;
      case 'dest-nofollow':
        this.targetNoFollow = true;
        return true;
      default:
        return false;
    }
  }

  private readData(word: string, index: number): void {
    const { items, problem } = splitData(word);
    for (const text of items) {
      this.data.push({ text, index });
    }
    if (problem !== null) {
      this.problems.push({ index, message: problem });
    }
  }
}

/** Attributes as words add to them; the access time mode is one of four, so the last word about it wins. */
class AttributeSet {
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

/** The meaning of a mount's options, read in their order. Every problem is in the result; nothing is thrown. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const reader = new OptionReader();
  for (let index = 0; index < options.length; index += 1) {
    reader.read(options[index] as string, index);
  }
  return {
    ...reader,
    plain: reader.plain.result(),
    plainListed: reader.plain.listed,
    recursive: reader.recursive.result(),
    superblock: [...reader.superblock],
  };
}

/** Every option word that this runtime itself understands, for `features`. What is not among them goes to the filesystem. */
export function mountOptionNames(): string[] {
  const attributes = [...ATTRIBUTE_WORDS.keys()];
  const propagation = [...PROPAGATION_WORDS.keys()];
  return [
    ...attributes,
    ...attributes.map((word) => `r${word}`),
    ...propagation,
    ...propagation.map((word) => `r${word}`),
    ...SUPERBLOCK_SET,
    ...SUPERBLOCK_CLEAR.keys(),
    ...WITHOUT_EFFECT,
    ...DEFAULTS,
    ...['bind', 'rbind', 'defaults', 'tmpcopyup', 'src-nofollow', 'dest-nofollow'],
  ].filter((word, index, all) => word !== '' && all.indexOf(word) === index);
}
