// The facts about this host that one container needs: what costs time to read is read only for a config.json that asks for it.
import { readlinkSync } from 'node:fs';
import type { CgroupManager } from '../base/cgroup-manager.js';
import type { HostFacts, IdFacts } from '../base/host-facts.js';
import { isInUserNamespace, readHostFacts, readSystemdFacts } from '../host/facts.js';
import { asksForLabels } from '../plan/labels.js';
import { namesMemoryNodes } from '../plan/memory-policy.js';
import { listCopiedSources } from '../plan/mounts.js';
import { resolvePath } from '../plan/resolve-path.js';
import { asksForLimits } from '../plan/resources/index.js';
import { findNamespace } from '../spec/namespaces.js';
import type { Spec } from '../spec/types.js';

export interface FactsRequest {
  readonly cgroupManager: CgroupManager;
  /** Whether a container may do without a cgroup where none can be made; undefined: if the caller has no root, or only a user namespace's. */
  readonly rootless: boolean | undefined;
  /** What relative sources of mounts are resolved from. */
  readonly bundle: string;
}

/** @throws TsrunError HOST_UNSUPPORTED where systemd is to make the cgroup and does not run. */
export async function readSpecFacts(spec: Spec, request: FactsRequest): Promise<HostFacts> {
  const ownNamespaces = await readOwnNamespaces(spec);
  const rdt = spec.linux?.intelRdt;
  const limits = asksForLimits(spec.linux?.resources);
  const facts = readHostFacts({
    limits,
    labels: asksForLabels(spec),
    memoryNodes: namesMemoryNodes(spec),
    resctrl: rdt === undefined ? null : (await import('../host/resctrl.js')).readResctrlFacts(rdt.closID ?? ''),
    systemd: request.cgroupManager === 'systemd' ? await readSystemdFacts() : null,
    ids: await readIds(spec),
    ownsCgroups: !limits && isContentWithout(spec, request),
  });
  const sources = listCopiedSources(spec);
  const links =
    sources.length === 0 ? undefined : readLinks(sources.map((source) => resolvePath(request.bundle, source)));
  return { ...facts, ownNamespaces, links };
}

function readLinks(paths: readonly string[]): Map<string, string> {
  const links = new Map<string, string>();
  for (const path of paths) {
    try {
      links.set(path, readlinkSync(path));
    } catch {
      // No link, or not there: then it is bound like any other source, which says what is wrong with it.
    }
  }
  return links;
}

async function readIds(spec: Spec): Promise<IdFacts | null> {
  const namespace = findNamespace(spec, 'user');
  if (namespace === undefined) return null;
  return await (await import('../host/id-facts.js')).readIdFacts(namespace.path || null);
}

/** As runc's rootless cgroup manager: who names a cgroup, or asks for limits, gets that or an error. */
function isContentWithout({ linux }: Spec, { cgroupManager, rootless }: FactsRequest): boolean {
  if (cgroupManager !== 'cgroupfs' || (linux?.cgroupsPath ?? '') !== '') return false;
  return rootless ?? (process.geteuid?.() !== 0 || isInUserNamespace());
}

/** Sysctls ask: they must not be the host's. */
async function readOwnNamespaces({ linux }: Spec): Promise<HostFacts['ownNamespaces']> {
  const joined = (linux?.namespaces ?? []).filter(({ path }) => path !== undefined);
  if (joined.length === 0 || Object.keys(linux?.sysctl ?? {}).length === 0) return undefined;
  return (await import('../host/own-namespaces.js')).findOwnNamespaces(joined);
}
