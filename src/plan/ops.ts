// The one table of operations: c/ops.def for TypeScript, and the types that follow from it. schemas/plan.md says what each guarantees.
// test/unit/architecture.test.ts compares the two tables; nothing else may list operations.

import type { NameOf, TableName } from './names.js';

/** The plan version this table belongs to. */
export const PLAN_VERSION = 1;

export const SECTIONS = ['create', 'start', 'teardown'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** HOST operations run in the helper, INIT operations in the process that becomes the container's init. */
export type Side = 'HOST' | 'INIT';

/** Name of the operation: its side, and its fields as `field=type` in the order of the line. */
export const OPS = {
  // before and beside the container's init, in the runtime namespace
  'begin-filter': [
    'HOST',
    'default=name.seccomp-action errno=uint architectures=list newer=name.newer-calls unknown=name.unknown-call',
  ],
  'filter-rule': ['HOST', 'action=name.seccomp-action errno=uint calls=list conditions=list'],
  'finish-filter': ['HOST', 'shape=name.filter-shape'],
  'set-child-subreaper': ['HOST', ''],
  'open-console-socket': ['HOST', 'path=path'],
  'take-filter': ['HOST', 'program=text'],
  'connect-listener': ['HOST', 'path=path head=text middle=text tail=text'],
  'open-cgroup': ['HOST', 'root=path path=path'],
  'find-cgroup': ['HOST', 'root=path path=path'],
  'start-scope': ['HOST', 'root=path path=path unit=text env=list head=list tail=list reset=list'],
  'set-scope': ['HOST', 'unit=text env=list call=list'],
  'enable-controllers': ['HOST', 'root=path path=path controllers=list denial=name.denial'],
  'write-cgroup': ['HOST', 'file=text value=text for=text denial=name.denial'],
  'write-cgroup-choice': ['HOST', 'files=list values=list for=text'],
  'delegate-cgroup': ['HOST', 'uid=id'],
  'enter-sub-cgroup': ['HOST', 'root=path path=path controllers=list'],
  'delegate-sub-cgroup': ['HOST', 'uid=id'],
  'load-device-program': ['HOST', 'root=path path=path program=text'],
  'make-resctrl-group': ['HOST', 'root=path group=text kind=name.resctrl-group'],
  'write-resctrl': ['HOST', 'root=path group=text lines=list'],
  'keep-resctrl-group': ['HOST', ''],
  'open-namespace': ['HOST', 'type=name.namespace path=path'],
  'make-notify-directory': ['HOST', ''],
  'find-network-device': ['HOST', 'device=text'],
  'open-tree': ['HOST', 'slot=slot source=path flags=flags.open-tree'],
  'try-open-tree': ['HOST', 'slot=slot source=path flags=flags.open-tree'],
  'leave-cgroup': ['HOST', ''],
  'find-init': ['HOST', 'pid=uint start=uint'],
  'find-exec-cgroup': ['HOST', 'root=path path=path denial=name.denial'],
  'open-init-root': ['HOST', ''],
  'set-initial-affinity': ['HOST', 'cpus=list'],
  'spawn-process': ['HOST', 'namespaces=flags.clone'],
  'spawn-init': ['HOST', 'namespaces=flags.clone'],
  'attach-to-scope': ['HOST', 'root=path path=path unit=text env=list head=list tail=list'],
  'join-resctrl-group': ['HOST', 'root=path group=text'],
  'deny-setgroups': ['HOST', ''],
  'set-id-map': ['HOST', 'file=name.id-map map=text'],
  'open-init-user-namespace': ['HOST', ''],
  'make-id-map-namespace': ['HOST', 'uid=text gid=text'],
  'id-map-mount': ['HOST', 'slot=slot source=path scope=flags.at'],
  'call-id-mapper': ['HOST', 'file=name.id-map program=path ranges=list'],
  'set-oom-score-adj': ['HOST', 'value=int'],
  'set-rlimit': ['HOST', 'resource=name.rlimit soft=uint hard=uint'],
  'set-scheduler': [
    'HOST',
    'policy=name.scheduler flags=flags.sched nice=int priority=uint runtime=uint deadline=uint period=uint',
  ],
  'set-io-priority': ['HOST', 'class=name.io-class level=uint'],
  'move-network-device': ['HOST', 'device=text name=text'],
  'open-hook-output': ['HOST', 'stream=name.stream path=path'],
  'run-hook': ['HOST', 'kind=name.hook path=path directory=text timeout=uint args=list env=list state=text tail=text'],
  'write-pid-file': ['HOST', 'path=path'],
  'send-pidfd': ['HOST', 'path=path kind=text'],
  'send-terminal': ['HOST', ''],
  'relay-terminal': ['HOST', ''],
  'make-start-fifo': ['HOST', ''],
  'publish-init': ['HOST', ''],
  'bind-notify-socket': ['HOST', ''],
  'release-init': ['HOST', ''],
  'await-exec': ['HOST', ''],
  'await-ready': ['HOST', ''],
  'kill-cgroup': ['HOST', 'root=path path=path'],
  'stop-scope': ['HOST', 'root=path path=path unit=text env=list stop=list reset=list'],
  'remove-cgroup': ['HOST', 'root=path path=path'],
  'remove-lost-cgroup': ['HOST', 'root=path path=path mark=text'],
  'end-lost-init': ['HOST', 'pid=uint start=uint'],
  'remove-resctrl-group': ['HOST', 'root=path group=text kind=name.resctrl-group'],
  'remove-state': ['HOST', ''],
  // the container's init: session, namespaces
  'new-session': ['INIT', ''],
  'label-keys': ['INIT', 'label=text'],
  'join-keyring': ['INIT', 'name=text'],
  'join-namespace': ['INIT', 'type=name.namespace'],
  'become-root': ['INIT', 'groups=name.groups'],
  unshare: ['INIT', 'namespaces=flags.clone'],
  'unshare-time': ['INIT', 'offsets=text'],
  'raise-loopback': ['INIT', ''],
  // the container's init: root filesystem
  'set-host-propagation': ['INIT', 'flags=flags.propagation'],
  'isolate-sources': ['INIT', 'flags=flags.propagation'],
  'open-host-tree': ['INIT', 'slot=slot source=path flags=flags.open-tree'],
  'bind-rootfs': ['INIT', 'slot=slot path=path'],
  'open-rootfs': ['INIT', 'path=path'],
  'open-current-root': ['INIT', ''],
  'new-mount': ['INIT', 'slot=slot fstype=text source=text options=list attributes=flags.mount-attr'],
  'new-mount-or-spare': [
    'INIT',
    'slot=slot fstype=text source=text options=list attributes=flags.mount-attr spare=slot',
  ],
  attach: ['INIT', 'slot=slot target=path how=name.attach'],
  'label-mount': ['INIT', 'slot=slot label=text'],
  'set-attributes': ['INIT', 'slot=slot set=flags.mount-attr clear=flags.mount-attr scope=flags.at'],
  'replace-attributes': ['INIT', 'slot=slot set=flags.mount-attr clear=flags.mount-attr implied=flags.mount-attr'],
  'set-propagation': ['INIT', 'slot=slot flags=flags.propagation'],
  reconfigure: ['INIT', 'slot=slot options=list'],
  'inherit-mode': ['INIT', 'slot=slot path=path'],
  'copy-up': ['INIT', 'slot=slot path=path'],
  'make-directory': ['INIT', 'path=path mode=mode'],
  'make-device': ['INIT', 'path=path kind=name.device major=uint minor=uint mode=mode uid=id gid=id'],
  'make-symlink': ['INIT', 'path=path target=path'],
  'copy-symlink': ['INIT', 'path=path target=path'],
  'close-hook-outputs': ['INIT', ''],
  'run-container-hook': [
    'INIT',
    'kind=name.hook path=path directory=text timeout=uint args=list env=list state=text tail=text',
  ],
  'open-terminal': ['INIT', 'rows=uint columns=uint'],
  'clone-terminal': ['INIT', 'slot=slot'],
  mask: ['INIT', 'path=path'],
  protect: ['INIT', 'path=path'],
  'pivot-root': ['INIT', ''],
  'move-root': ['INIT', ''],
  'change-root': ['INIT', ''],
  // the container's init: identity
  'set-hostname': ['INIT', 'name=text'],
  'set-domainname': ['INIT', 'name=text'],
  'write-sysctl': ['INIT', 'path=path value=text'],
  'reset-affinity': ['INIT', ''],
  'set-affinity': ['INIT', 'cpus=list'],
  'set-memory-policy': ['INIT', 'mode=name.memory-policy flags=flags.memory-policy-flag nodes=list'],
  'set-apparmor-profile': ['INIT', 'profile=text'],
  'set-selinux-label': ['INIT', 'label=text'],
  'set-no-new-privileges': ['INIT', ''],
  'use-terminal': ['INIT', 'uid=who'],
  'own-streams': ['INIT', 'uid=who'],
  'lower-rlimit': ['INIT', 'resource=name.rlimit soft=uint hard=uint'],
  'set-personality': ['INIT', 'persona=name.personality'],
  'set-umask': ['INIT', 'mask=mode'],
  'change-directory': ['INIT', 'path=path denial=name.denial'],
  'set-bounding-capabilities': ['INIT', 'keep=flags.cap'],
  'find-user': ['INIT', 'user=text group=text'],
  'set-user': ['INIT', 'uid=who gid=who groups=list'],
  'set-capabilities': ['INIT', 'effective=flags.cap permitted=flags.cap inheritable=flags.cap ambient=flags.cap'],
  'set-environment': ['INIT', 'env=list'],
  'set-listen-pid': ['INIT', ''],
  'set-home': ['INIT', 'uid=who'],
  'find-executable': ['INIT', 'name=text search=text'],
  'keep-descriptors': ['INIT', 'count=uint'],
  'replace-procfs': ['INIT', ''],
  'set-dumpable': ['INIT', ''],
  'await-start': ['INIT', ''],
  'prepare-exec': ['INIT', ''],
  'load-seccomp': ['INIT', 'flags=flags.seccomp-filter'],
  'tell-listener': ['INIT', ''],
  exec: ['INIT', 'args=list'],
} as const satisfies Record<string, readonly [Side, string]>;

export type OpName = keyof typeof OPS;

type ValueOf<Type extends string> = Type extends 'text' | 'path'
  ? string
  : Type extends 'int' | 'uint'
    ? number | bigint
    : Type extends 'id' | 'mode' | 'slot'
      ? number
      : Type extends 'who'
        ? number | 'found'
        : Type extends 'list'
          ? readonly string[]
          : Type extends `name.${infer Table extends TableName}`
            ? NameOf<Table>
            : Type extends `flags.${infer Table extends TableName}`
              ? readonly NameOf<Table>[]
              : never;

/** `'slot=slot path=path'` becomes `{ readonly slot: number } & { readonly path: string }`. */
type FieldsOf<Fields extends string> = Fields extends `${infer First} ${infer Rest}`
  ? FieldsOf<First> & FieldsOf<Rest>
  : Fields extends `${infer Name}=${infer Type}`
    ? { readonly [Key in Name]: ValueOf<Type> }
    : unknown;

/** The operation of one name, e.g. `OpOf<'mask'>` is `{ op: 'mask', path: string }`. */
export type OpOf<Name extends OpName> = { readonly op: Name } & FieldsOf<(typeof OPS)[Name][1]>;

/** Every operation, discriminated by `op`. */
export type Op = { [Name in OpName]: OpOf<Name> }[OpName];

/** All that is done to make, start and remove one container, in order. */
export interface Plan {
  readonly version: typeof PLAN_VERSION;
  readonly sections: Readonly<Record<SectionName, readonly Op[]>>;
}

/** One field of an operation: `table` is that of `name.T` and `flags.T`, '' for the plain types. */
export interface Field {
  readonly name: string;
  readonly type: 'text' | 'path' | 'int' | 'uint' | 'id' | 'who' | 'mode' | 'slot' | 'list' | 'name' | 'flags';
  readonly table: TableName | '';
}

const parsedFields = new Map<OpName, readonly Field[]>();

/** The fields of an operation in the order of its line; parsed from the table once, when first asked for. */
export function fieldsOf(name: OpName): readonly Field[] {
  let fields = parsedFields.get(name);
  if (fields === undefined) {
    const text = OPS[name][1];
    fields = text === '' ? [] : text.split(' ').map(parseField);
    parsedFields.set(name, fields);
  }
  return fields;
}

function parseField(text: string): Field {
  const [name = '', fullType = ''] = text.split('=');
  const [type = '', table = ''] = fullType.split('.');
  return { name, type: type as Field['type'], table: table as Field['table'] };
}

/** True if the text is the name of an operation of the table. */
export function isOpName(text: string): text is OpName {
  return Object.hasOwn(OPS, text);
}
