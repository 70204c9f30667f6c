import { describe, expect, it } from 'vitest';
import type { StateRecord } from '../../../src/state/store.js';
import { describeState, encodeState, encodeSummary } from '../../../src/state/summary.js';

const record: Omit<StateRecord, 'version'> = {
  id: 'web',
  bundle: '/b/%PID%',
  rootfs: '/b/rootfs',
  created: '2026-01-02T03:04:05.000Z',
  owner: 'root',
  creator: { pid: 1, startTime: '2' },
  cgroup: { root: '/sys/fs/cgroup', path: '/web' },
  spec: { ociVersion: '1.3.0', annotations: { a: '"status": "stopped"' }, linux: { namespaces: [{ type: 'pid' }] } },
};

describe('encodeSummary()', () => {
  it('is what state prints, with the first %PID% and %STATUS% in their places', () => {
    const [cgroup, namespace, ...text] = encodeSummary(record).split('\n');
    expect([cgroup, namespace]).toEqual(['/sys/fs/cgroup/web', 'own']);
    const filled = text.join('\n').replace('%PID%', '42').replace('%STATUS%', 'running');
    expect(filled).toBe(encodeState(describeState(record, 42, 'running')));
  });

  it('says when the pid namespace is not the container’s own', () => {
    const shared = { ...record, cgroup: null, spec: { ociVersion: '1.3.0', linux: { namespaces: [] } } };
    expect(encodeSummary(shared).split('\n').slice(0, 2)).toEqual(['', 'shared']);
  });
});
