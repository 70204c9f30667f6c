import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerId } from '../../../src/base/container-id.js';
import {
  areResourcesStaged,
  commitResources,
  discardStagedResources,
  readResources,
  stageResources,
} from '../../../src/state/resources.js';
import type { StateRecord } from '../../../src/state/store.js';

const record: StateRecord = {
  version: 1,
  id: 'web',
  bundle: '/b',
  rootfs: '/b/rootfs',
  created: '2026-01-02T03:04:05.000Z',
  owner: 'root',
  creator: { pid: 1, startTime: '2' },
  cgroup: { root: '/sys/fs/cgroup', path: '/web' },
  spec: { ociVersion: '1.3.0', linux: { resources: { pids: { limit: 7 } } } },
};

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tsrun-unit-'));
  mkdirSync(join(root, 'web'));
  path = join(root, 'web', 'resources');
});
afterEach(() => rmSync(root, { recursive: true }));

describe('readResources()', () => {
  it('does not know what is only staged', () => {
    stageResources(root, 'web' as ContainerId, { pids: { limit: 1 } });
    expect(areResourcesStaged(root, 'web' as ContainerId)).toBe(true);
    expect(readResources(root, record)).toEqual({ pids: { limit: 7 } });
    discardStagedResources(root, 'web' as ContainerId);
    expect(areResourcesStaged(root, 'web' as ContainerId)).toBe(false);
  });

  it('is what config.json has until something was updated', () => {
    expect(readResources(root, record)).toEqual({ pids: { limit: 7 } });
    expect(readResources(root, { ...record, spec: { ociVersion: '1.3.0' } })).toEqual({});
  });

  it('is what was staged and committed, to the last digit, in a file that only its owner reads', () => {
    const resources = { memory: { limit: 9223372036854775807n, swap: -1 }, unified: { 'io.max': '8:0 rbps=5\n' } };
    stageResources(root, 'web' as ContainerId, { pids: { limit: 1 } });
    stageResources(root, 'web' as ContainerId, resources);
    commitResources(root, 'web' as ContainerId);
    expect(readResources(root, record)).toEqual(resources);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{', '{"a":1}{', '[]', 'null', '5', '"x"', '{"pids":{"limit":"x"}}', '{"pids":5}', '\xff'])(
    'does not trust %j',
    (text) => {
      writeFileSync(path, text, 'latin1');
      expect(() => readResources(root, record)).toThrow(
        expect.objectContaining({
          code: 'STATE_CORRUPT',
          message: expect.stringContaining(`cannot trust "${path}": `),
        }),
      );
    },
  );

  it('does not trust what is no regular file', () => {
    mkdirSync(path);
    expect(() => readResources(root, record)).toThrow(expect.objectContaining({ code: 'STATE_CORRUPT' }));
    rmSync(path, { recursive: true });
    symlinkSync('/dev/null', path);
    expect(() => readResources(root, record)).toThrow(expect.objectContaining({ code: 'STATE_CORRUPT' }));
  });
});
