// hooks: each as one operation with the state that it reads, split where the helper puts the pid, which nobody knows yet.

import { OCI_VERSION } from '../base/container-state.js';
import { HOOK_OUTPUTS, readAnnotation } from '../spec/annotations.js';
import type { Spec } from '../spec/types.js';
import { listEnvironment } from './environment.js';
import type { HookKind } from './names.js';
import type { Op, OpOf } from './ops.js';

type Hook = NonNullable<NonNullable<Spec['hooks']>['prestart']>[number];

/** What hooks are told of a container, and take from it. */
export interface HookSubject {
  readonly spec: Spec;
  readonly request: { readonly id: string; readonly bundle: string };
  readonly environment: ReadonlyMap<string, string>;
}

// runtime.md, "Lifecycle": what `status` is when a hook of each kind runs.
const STATUS: Readonly<Record<HookKind, string>> = {
  prestart: 'creating',
  createRuntime: 'creating',
  createContainer: 'creating',
  startContainer: 'created',
  poststart: 'running',
  poststop: 'stopped',
};

/** Hooks of these kinds run in `create`. */
const CREATING = ['prestart', 'createRuntime', 'createContainer'] as const satisfies readonly HookKind[];

/** The files that the hooks of init and of `create` write into. */
export function openCreateOutputs(context: Pick<HookSubject, 'spec'>): Op[] {
  return openHookOutputs(context, [...CREATING, 'startContainer']);
}

/** The files that hooks of these kinds write into, where annotations name some: before the first of them. */
export function openHookOutputs({ spec }: Pick<HookSubject, 'spec'>, kinds: readonly HookKind[]): Op[] {
  if (!kinds.some((kind) => (spec.hooks?.[kind] ?? []).length > 0)) {
    return [];
  }
  const ops: Op[] = [];
  for (const stream of ['stdout', 'stderr'] as const) {
    const path = readAnnotation(spec, HOOK_OUTPUTS[stream]);
    if (path !== undefined) {
      ops.push({ op: 'open-hook-output', stream, path });
    }
  }
  return ops;
}

/** A created container has nothing of the host open that its hooks do not need any more. */
export function closeHookOutputs(context: Pick<HookSubject, 'spec'>): Op[] {
  const isNeeded = openHookOutputs(context, ['startContainer']).length > 0;
  return isNeeded || openHookOutputs(context, CREATING).length === 0 ? [] : [{ op: 'close-hook-outputs' }];
}

/** Hooks of one kind in the runtime namespace. For poststop the helper writes 0 for the pid. */
export function runHooks(subject: HookSubject, kind: HookKind): Op[] {
  return listHooks(subject, kind).map((fields) => ({ op: 'run-hook', ...fields }));
}

/** Hooks of one kind in the container's namespaces; pid is the one seen there. */
export function runContainerHooks(subject: HookSubject, kind: HookKind): Op[] {
  return listHooks(subject, kind).map((fields) => ({ op: 'run-container-hook', ...fields }));
}

function listHooks(subject: HookSubject, kind: HookKind): Omit<OpOf<'run-hook'>, 'op'>[] {
  const hooks = subject.spec.hooks?.[kind];
  if (hooks === undefined || hooks.length === 0) {
    return [];
  }
  const { state, tail } = splitState(subject, STATUS[kind]);
  return hooks.map((hook: Hook) => ({
    kind,
    path: hook.path,
    // As crun, and nearly as runc. Where the program will run, startContainer hooks find themselves in its working directory.
    directory: kind === 'startContainer' ? '' : subject.request.bundle,
    timeout: (hook.timeout ?? 0) * 1000,
    args: hook.args === undefined || hook.args.length === 0 ? [hook.path] : hook.args,
    env: hook.env ?? defaultEnvironment(subject, kind),
    state,
    tail,
  }));
}

// The spec is silent on an absent env. Only startContainer runs where the program will, so only it gets the program's (as in runc).
function defaultEnvironment(subject: HookSubject, kind: HookKind): readonly string[] {
  return kind === 'startContainer' ? listEnvironment(subject) : [];
}

/** `state` + pid + `tail` is the container's state as JSON. */
export function splitState(
  subject: Pick<HookSubject, 'spec' | 'request'>,
  status: string,
): { state: string; tail: string } {
  const { id, bundle } = subject.request;
  const head = JSON.stringify({ ociVersion: OCI_VERSION, id, status });
  const annotations = subject.spec.annotations;
  const rest = JSON.stringify(annotations === undefined ? { bundle } : { bundle, annotations });
  return { state: `${head.slice(0, -1)},"pid":`, tail: `,${rest.slice(1)}` };
}
