// features.md and features-linux.md: what a runtime says of itself holds for it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { CAPABILITIES } from '../../src/spec/capabilities.js';
import type { Namespace } from '../../src/spec/types.js';
import { setNamespace } from '../support/bundle.js';
import { newTsrun } from '../support/tsrun.js';
import { create, report } from './container.js';
import { type Hooks, insideHook, shell } from './hooks.js';
import { shows } from './shows.js';

interface Features {
  readonly ociVersionMin: string;
  readonly ociVersionMax: string;
  readonly hooks?: readonly string[];
  readonly mountOptions?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: { readonly namespaces?: readonly string[]; readonly capabilities?: readonly string[] };
}

function features(): Features {
  return JSON.parse(newTsrun().must(['features']).stdout);
}

/** Whether the process of the tests has a capability: what it has not, nobody can give a container. */
function isOwn(number: number): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${bounding}`) >> BigInt(number)) & 1n) === 1n;
}

const NUMBERS: readonly string[] = CAPABILITIES;

const numbersOf = (version: string) => version.split(/[-+]/)[0]?.split('.').map(Number) ?? [];

describe('features.md', () => {
  for (const [key, id] of [
    ['ociVersionMin', 'features-version-min'],
    ['ociVersionMax', 'features-version-max'],
  ] as const) {
    shows([id], `${key} is accepted in config.json`, () => {
      const version = features()[key];
      expect(report((spec) => Object.assign(spec, { ociVersion: version })).pid).toBe(1);
    });
  }

  shows(['features-version-order'], 'ociVersionMax is not below ociVersionMin', () => {
    const { ociVersionMin, ociVersionMax } = features();
    const [least, most] = [numbersOf(ociVersionMin), numbersOf(ociVersionMax)];
    const differing = most.findIndex((number, index) => number !== least[index]);
    expect(differing === -1 || (most[differing] ?? 0) > (least[differing] ?? 0)).toBe(true);
  });

  shows(['features-hooks'], 'each hook is run', () => {
    const kinds = features().hooks ?? [];
    expect(kinds.length).toBeGreaterThan(0);
    const { runtime, id, bundle } = create({
      args: ['/probe', 'true'],
      mutate: (spec, { rootfs }) => {
        const mark = (kind: string) =>
          kind === 'startContainer' ? insideHook('write', `/${kind}`, '') : shell(`: >${rootfs}/${kind}`);
        spec.hooks = Object.fromEntries(kinds.map((kind) => [kind, [mark(kind)]])) as Hooks;
      },
    });
    runtime.must(['start', id]);
    runtime.must(['delete', '--force', id]);
    expect(kinds.filter((kind) => !existsSync(join(bundle.rootfs, kind)))).toEqual([]);
  });

  shows(['features-filesystem-options'], 'the mount options are none of a filesystem', () => {
    const ofFilesystems = ['size', 'mode', 'uid', 'gid', 'newinstance', 'ptmxmode', 'hidepid', 'lowerdir', 'upperdir'];
    expect((features().mountOptions ?? []).filter((option) => ofFilesystems.includes(option))).toEqual([]);
  });

  shows(['features-annotations'], 'annotations are a map of texts', () => {
    for (const [key, value] of Object.entries(features().annotations ?? {})) {
      expect(key).not.toBe('');
      expect(value).toBeTypeOf('string');
    }
  });
});

describe('features-linux.md', () => {
  shows(['features-namespaces'], 'each namespace is recognized', () => {
    const types = features().linux?.namespaces ?? [];
    expect(types.length).toBeGreaterThan(0);
    for (const type of types.filter((name) => name !== 'user')) {
      expect(report((spec) => setNamespace(spec, type as Namespace['type'])).pid).toBe(1);
    }
  });

  shows(['features-capabilities'], 'each capability is recognized', () => {
    const granted = (features().linux?.capabilities ?? []).filter((name) => isOwn(NUMBERS.indexOf(name)));
    expect(granted).toContain('CAP_CHOWN');
    const found = report((spec) => {
      spec.process.capabilities = { bounding: granted, permitted: granted, effective: granted };
    });
    const bits = granted.reduce((sum, name) => sum | (1n << BigInt(NUMBERS.indexOf(name))), 0n);
    expect([found.capBnd, found.capEff].map((set) => BigInt(`0x${set}`))).toEqual([bits, bits]);
  });
});
