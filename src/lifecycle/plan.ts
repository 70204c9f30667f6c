// plan: what create, start and delete of a bundle would do, without doing any of it and without privilege.
import { basename } from 'node:path';
import type { CgroupManager } from '../base/cgroup-manager.js';
import { parseContainerId } from '../base/container-id.js';
import { compilePlan } from '../plan/compile.js';
import type { Plan } from '../plan/ops.js';
import { openBundle } from './bundle.js';
import { readSpecFacts } from './spec-facts.js';

export interface PlanOptions {
  /** The container's id; without it, the bundle's name. */
  readonly id?: string | undefined;
  readonly noPivot?: boolean | undefined;
  readonly cgroupManager?: CgroupManager | undefined;
  /** As for create. */
  readonly rootless?: boolean | undefined;
}

/** @throws TsrunError IO; SpecError with every problem of config.json. */
export async function planBundle(
  path: string,
  options: PlanOptions = {},
): Promise<{ plan: Plan; warnings: readonly string[] }> {
  const bundle = openBundle(path);
  const id = parseContainerId(options.id ?? nameOf(bundle.path));
  const cgroupManager = options.cgroupManager ?? 'cgroupfs';
  const facts = await readSpecFacts(bundle.spec, { cgroupManager, rootless: options.rootless, bundle: bundle.path });
  const { plan, warnings } = compilePlan(bundle.spec, facts, {
    id,
    cgroupManager,
    bundle: bundle.path,
    rootfs: bundle.rootfs,
    noPivot: options.noPivot ?? false,
    noNewKeyring: false,
    preserveFds: 0,
    listenFds: 0,
    barrier: 'fifo',
  });
  return { plan, warnings: [...bundle.warnings, ...warnings] };
}

/** A directory name may have characters that an id has not. */
function nameOf(path: string): string {
  return (
    basename(path)
      .replace(/[^A-Za-z0-9_+.-]/g, '_')
      .replace(/^[.-]+/, '') || 'container'
  );
}
