// Every example bundle compiles to the plan beside it. `UPDATE_GOLDEN=1` writes the plans anew; read the diff before committing it.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../src/base/host-facts.js';
import { compilePlan } from '../../src/plan/compile.js';
import { decodePlan } from '../../src/plan/decode.js';
import { encodePlan } from '../../src/plan/encode.js';
import { parseSpec } from '../../src/spec/validate.js';

const BUNDLES = join(dirname(fileURLToPath(import.meta.url)), '../../bundles');

const FACTS: HostFacts = {
  cgroupRoot: '/sys/fs/cgroup',
  ownCgroup: '/',
  hybridCgroup: false,
  hasKcore: true,
  uid: 0,
  inUserNamespace: false,
  ids: null,
  ownsCgroups: null,
  resources: {
    controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'],
    cpus: '0-3',
    mems: '0',
    hugePageSizes: ['2MB', '1GB'],
    hybrid: false,
  },
  systemd: null,
  securityModules: null,
  memoryNodes: null,
  resctrl: null,
};

/** Bundles that are not root's to run. */
const FACTS_OF: Readonly<Record<string, Partial<HostFacts>>> = {
  rootless: {
    uid: 1000,
    ownsCgroups: false,
    ids: {
      gid: 1000,
      mapsUids: false,
      mapsGids: false,
      uidMapper: '/usr/bin/newuidmap',
      gidMapper: '/usr/bin/newgidmap',
      deniesGroups: false,
      joined: null,
    },
  },
};

function listBundles(): string[] {
  return existsSync(BUNDLES)
    ? readdirSync(BUNDLES).filter((name) => existsSync(join(BUNDLES, name, 'config.json')))
    : [];
}

function compileBundle(name: string): string {
  const { spec } = parseSpec(readFileSync(join(BUNDLES, name, 'config.json')));
  const bundle = `/bundles/${name}`;
  const request = {
    id: name,
    cgroupManager: 'cgroupfs',
    bundle,
    rootfs: `${bundle}/${spec.root?.path ?? 'rootfs'}`,
    noPivot: false,
    noNewKeyring: false,
    preserveFds: 0,
    barrier: 'fifo',
    listenFds: 0,
  } as const;
  return encodePlan(compilePlan(spec, { ...FACTS, ...FACTS_OF[name] }, request).plan);
}

describe('the plan of an example bundle', () => {
  test('is looked for in bundles/', () => {
    expect(existsSync(BUNDLES)).toBe(true);
  });

  for (const name of listBundles()) {
    test(`is bundles/${name}/expected.plan`, () => {
      const path = join(BUNDLES, name, 'expected.plan');
      const text = compileBundle(name);
      if (process.env.UPDATE_GOLDEN === '1') {
        writeFileSync(path, text);
      }
      expect(text).toBe(existsSync(path) ? readFileSync(path, 'utf8') : 'no expected.plan: run with UPDATE_GOLDEN=1');
      expect(encodePlan(decodePlan(text))).toBe(text);
    });
  }
});
