// Sample operations made from the table itself, and builders for compiler tests.

import type { HostFacts } from '../../../src/base/host-facts.js';
import { type CompileRequest, compilePlan } from '../../../src/plan/compile.js';
import { TABLES } from '../../../src/plan/names.js';
import { type Field, fieldsOf, OPS, type Op, type OpName, type OpOf } from '../../../src/plan/ops.js';
import type { Spec } from '../../../src/spec/types.js';

/** Texts that have hurt parsers before. */
export const AWKWARD_TEXTS = [
  '',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\\',
  '\\n',
  '\\\\t',
  'a\tb\\',
  '0',
  '-1',
  '#',
  'é',
  '😀',
  '\u0001',
  '|',
  '__proto__',
];

function sampleValue(field: Field, seed: number): unknown {
  const text = `${AWKWARD_TEXTS[seed % AWKWARD_TEXTS.length]}`;
  switch (field.type) {
    case 'text':
      return text;
    case 'path':
      return `/${text}`;
    case 'int':
      return [0, -1, -(2n ** 63n), 2n ** 63n - 1n][seed % 4];
    case 'uint':
      return [0, 1, 2n ** 64n - 1n][seed % 3];
    case 'id':
      return [0, 1000, 4294967294][seed % 3];
    case 'who':
      return [0, 'found', 4294967294][seed % 3];
    case 'slot':
      return [0, 16383][seed % 2];
    case 'mode':
      return [0, 0o644, 0o7777][seed % 3];
    case 'list':
      return [[], [text], AWKWARD_TEXTS][seed % 3];
    case 'name':
      return namesOf(field)[seed % namesOf(field).length];
    case 'flags':
      return [[], namesOf(field), namesOf(field).slice(0, 1)][seed % 3];
  }
}

function namesOf(field: Field): readonly string[] {
  return field.table === '' ? [] : TABLES[field.table];
}

/** An operation of that name with values of its field types; other seeds give other values. */
export function sampleOp(name: OpName, seed: number): Op {
  const values = fieldsOf(name).map((field, index) => [field.name, sampleValue(field, seed + index)]);
  return { op: name, ...Object.fromEntries(values) } as Op;
}

export const OP_NAMES = Object.keys(OPS) as OpName[];

export const FACTS: HostFacts = {
  cgroupRoot: '/sys/fs/cgroup',
  ownCgroup: '/',
  hybridCgroup: false,
  hasKcore: true,
  uid: 0,
  inUserNamespace: false,
  ids: null,
  ownsCgroups: null,
  resources: null,
  systemd: null,
  securityModules: null,
  memoryNodes: null,
  resctrl: null,
};

export const REQUEST: CompileRequest = {
  id: 'web',
  cgroupManager: 'cgroupfs',
  bundle: '/bundles/web',
  rootfs: '/bundles/web/rootfs',
  noPivot: false,
  noNewKeyring: false,
  preserveFds: 0,
  barrier: 'fifo',
  listenFds: 0,
};

/** The smallest config.json with a mount namespace; `parts` replaces whole top-level keys. */
export function specWith(parts: Partial<Spec> = {}): Spec {
  return {
    ociVersion: '1.3.0',
    process: { args: ['sh'], cwd: '/', user: { uid: 0, gid: 0 } },
    root: { path: 'rootfs' },
    linux: { namespaces: [{ type: 'mount' }] },
    ...parts,
  };
}

export interface Changes {
  readonly facts?: Partial<HostFacts>;
  readonly request?: Partial<CompileRequest>;
}

export function compile(spec: Spec, changes: Changes = {}) {
  return compilePlan(spec, { ...FACTS, ...changes.facts }, { ...REQUEST, ...changes.request });
}

/** The operations of `create` that have one of these names, in their order. */
export function createOps<Name extends OpName>(
  spec: Spec,
  names: readonly Name[],
  changes: Changes = {},
): OpOf<Name>[] {
  const wanted: readonly string[] = names;
  return compile(spec, changes).plan.sections.create.filter((op) => wanted.includes(op.op)) as OpOf<Name>[];
}

/** The problems that compiling reports, as `path: message`. */
export function problemsOf(spec: Spec, changes: Changes = {}): string[] {
  try {
    compile(spec, changes);
  } catch (error) {
    const { problems = [] } = error as { problems?: { path: string; message: string }[] };
    return problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}
