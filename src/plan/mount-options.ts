// mounts[].options: each word's meaning for the new mount API. mounts.ts makes operations of the result.

import { ATTRIBUTE_WORDS, AttributeSet, type Attributes } from './mount-attributes.js';
import { splitData } from './mount-data.js';
import type { IdMapWord } from './mount-id-map.js';
import type { Propagation } from './names.js';

export interface MountOptions {
  readonly bind: 'none' | 'bind' | 'rbind';
  /** What the plain words ask for: this mount. */
  readonly plain: Attributes;
  /** True if any plain attribute word was listed, also one that asks for what is the default. */
  readonly plainListed: boolean;
  /** What the r-words ask for: this mount and all below it. */
  readonly recursive: Attributes;
  readonly propagation: readonly (readonly Propagation[])[];
  /** Flags of the superblock to set, by their fsconfig(2) names, and words that clear one. */
  readonly superblock: readonly string[];
  readonly superblockCleared: readonly string[];
  /** Such words with `r` before them: of all filesystems of a tree, which no call can change. */
  readonly recursiveSuperblock: readonly { readonly word: string; readonly index: number }[];
  /** `key=value` and `key` for the filesystem, and the index of the option each came from. */
  readonly data: readonly { readonly text: string; readonly index: number }[];
  readonly copyUp: boolean;
  readonly sourceNoFollow: boolean;
  readonly targetNoFollow: boolean;
  /** A source that is a link is made anew in the container, not bound. */
  readonly copySymlink: boolean;
  /** An earlier mount on the same destination is changed. */
  readonly remount: boolean;
  /** `idmap` or `ridmap`, the last of them; null: none. */
  readonly idMap: IdMapWord | null;
  /** Words listed that the mount API has no way to do, and which change nothing that a container can see. */
  readonly withoutEffect: readonly string[];
  /** What is wrong, by the index of the option. */
  readonly problems: readonly { readonly index: number; readonly message: string }[];
}

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

// crun's: of a new mount, below which is nothing, they mean the same as without the r.
const SUPERBLOCK_RECURSIVE = new Set(['rsync', 'rasync', 'rdirsync', 'rmand', 'rnomand']);

const RUNTIME_WORDS = [
  'bind',
  'rbind',
  'tmpcopyup',
  'src-nofollow',
  'dest-nofollow',
  'copy-symlink',
  'remount',
] as const;

/** Mutable while the words are read in their order: a later word wins over an earlier one. */
class OptionReader {
  bind: MountOptions['bind'] = 'none';
  plain = new AttributeSet();
  recursive = new AttributeSet();
  propagation: Propagation[][] = [];
  /** The last word about each flag, by the flag. */
  superblockWords = new Map<string, string>();
  recursiveSuperblock: { word: string; index: number }[] = [];
  data: { text: string; index: number }[] = [];
  copyUp = false;
  sourceNoFollow = false;
  targetNoFollow = false;
  copySymlink = false;
  remount = false;
  idMap: IdMapWord | null = null;
  withoutEffect: string[] = [];
  problems: { index: number; message: string }[] = [];

  read(word: string, index: number): void {
    if (
      this.readAttribute(word) ||
      this.readPropagation(word) ||
      this.readSuperblock(word, index) ||
      this.readRuntimeWord(word) ||
      this.readIdMap(word, index)
    ) {
      return;
    }
    if (WITHOUT_EFFECT.has(word)) {
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

  private readSuperblock(word: string, index: number): boolean {
    const isRecursive = SUPERBLOCK_RECURSIVE.has(word);
    if (isRecursive) {
      this.recursiveSuperblock.push({ word, index });
    }
    const plain = isRecursive ? word.slice(1) : word;
    const flag = SUPERBLOCK_CLEAR.get(plain) ?? (SUPERBLOCK_SET.has(plain) ? plain : undefined);
    if (flag !== undefined) {
      this.superblockWords.set(flag, plain);
    }
    return flag !== undefined;
  }

  private readRuntimeWord(word: string): boolean {
    switch (word as (typeof RUNTIME_WORDS)[number]) {
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
      case 'copy-symlink':
        this.copySymlink = true;
        return true;
      case 'remount':
        this.remount = true;
        return true;
      default:
        return false;
    }
  }

  private readIdMap(word: string, index: number): boolean {
    const isWord = word === 'idmap' || word === 'ridmap' || word.startsWith('idmap=');
    if (isWord) {
      this.idMap = { recursive: word === 'ridmap', word, index };
    }
    return isWord;
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

/** The meaning of a mount's options, read in their order. Every problem is in the result; nothing is thrown. */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const reader = new OptionReader();
  for (let index = 0; index < options.length; index += 1) {
    reader.read(options[index] as string, index);
  }
  const superblock = [...reader.superblockWords.values()];
  return {
    ...reader,
    plain: reader.plain.result(),
    plainListed: reader.plain.listed,
    recursive: reader.recursive.result(),
    superblock: superblock.filter((word) => SUPERBLOCK_SET.has(word)),
    superblockCleared: superblock.filter((word) => SUPERBLOCK_CLEAR.has(word)),
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
    ...SUPERBLOCK_RECURSIVE,
    ...RUNTIME_WORDS,
    ...['idmap', 'ridmap'],
  ].filter((word, index, all) => word !== '' && all.indexOf(word) === index);
}
