// linux.memoryPolicy: what the kernel says of the memory of the program, numa(7), /proc/PID/numa_maps.
import { describe, expect, test } from 'vitest';
import type { Linux } from '../../src/spec/types.js';
import { startHost } from '../support/exec.js';
import { runBundle, runProbe } from '../support/probe.js';

type MemoryPolicy = NonNullable<Linux['memoryPolicy']>;

/** The policies of a process, each once, as the second word of each line has them. */
function policiesOf(numaMaps: string): string[] {
  const lines = numaMaps.split('\n').filter((line) => line !== '');
  return [...new Set(lines.map((line) => line.split(' ')[1] ?? ''))];
}

const mutate = (memoryPolicy: MemoryPolicy) => ({
  mutate: (spec: { linux: Linux }) => {
    spec.linux.memoryPolicy = memoryPolicy;
  },
});

describe('linux.memoryPolicy', () => {
  test.each<[MemoryPolicy, string]>([
    [{ mode: 'MPOL_DEFAULT' }, 'default'],
    [{ mode: 'MPOL_LOCAL' }, 'local'],
    [{ mode: 'MPOL_PREFERRED' }, 'local'],
    [{ mode: 'MPOL_PREFERRED', nodes: '0' }, 'prefer:0'],
    [{ mode: 'MPOL_BIND', nodes: '0' }, 'bind:0'],
    [{ mode: 'MPOL_INTERLEAVE', nodes: '0' }, 'interleave:0'],
    [{ mode: 'MPOL_PREFERRED_MANY', nodes: '0' }, 'prefer (many):0'],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] }, 'bind=static:0'],
    [{ mode: 'MPOL_PREFERRED', nodes: '0', flags: ['MPOL_F_RELATIVE_NODES'] }, 'prefer=relative:0'],
    [{ mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_NUMA_BALANCING'] }, 'bind=balancing:0'],
  ])('%j is that of the program', (policy, expected) => {
    // The name of MPOL_PREFERRED_MANY has a space in it.
    const [first = ''] = expected.split(' ');
    expect(policiesOf(runProbe(['cat', '/proc/self/numa_maps'], mutate(policy)))).toEqual([first]);
  });

  test('is that of a process of exec', () => {
    const host = startHost(mutate({ mode: 'MPOL_BIND', nodes: '0' }));
    expect(policiesOf(host.exec(['/probe', 'cat', '/proc/self/numa_maps']).stdout)).toEqual(['bind:0']);
  });

  test('a node that this host does not have is an error that names it', () => {
    const { status, stderr } = runBundle(mutate({ mode: 'MPOL_BIND', nodes: '4000' }));
    expect([status, stderr]).toEqual([
      1,
      'tsrun: cannot use config.json: linux.memoryPolicy.nodes: found "4000", but this host has no memory node 4000, only 0\n',
    ]);
  });

  test('what the kernel refuses is told with what may be the reason', () => {
    const { status, stderr } = runBundle(
      mutate({ mode: 'MPOL_INTERLEAVE', nodes: '0', flags: ['MPOL_F_NUMA_BALANCING'] }),
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^tsrun: cannot run container ".*": set the memory policy MPOL_INTERLEAVE \(linux\.memoryPolicy\): invalid argument \(EINVAL\)\nhint: none of the nodes .*\n$/,
    );
  });
});
