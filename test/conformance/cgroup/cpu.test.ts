// linux.resources.cpu: how much time a container gets, and where.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CPU } from '../../../src/spec/types.js';
import { readCounter, runContainer } from '../../support/container.js';
import { runProbe } from '../../support/probe.js';

/** The share of one processor that a busy loop gets, in percent, over three seconds and a half. */
async function measure(cpu: CPU): Promise<number> {
  const container = await runContainer({ args: ['/probe', 'spin', '600'], resources: { cpu } }, 'spinning');
  const look = () => ({ used: readCounter(container, 'cpu.stat', 'usage_usec'), at: performance.now() * 1000 });
  const before = look();
  await sleep(3500);
  const after = look();
  return ((after.used - before.used) / (after.at - before.at)) * 100;
}

describe('linux.resources.cpu', () => {
  test('quota and period are the share of a processor that a busy loop gets', async () => {
    const share = await measure({ quota: 20_000, period: 100_000 });
    expect(share).toBeGreaterThan(15);
    expect(share).toBeLessThan(25);
  });

  test('without a quota it gets most of one', async () => {
    expect(await measure({ shares: 1024 })).toBeGreaterThan(60);
  });

  for (const cpus of ['0', '1', '0-1']) {
    test(`cpus "${cpus}" are those that the process may use`, () => {
      const status = runProbe(['cat', '/proc/self/status'], {
        mutate: (spec) => {
          spec.linux.resources = { cpu: { cpus, mems: '0' } };
        },
      });
      expect(status).toContain(`\nCpus_allowed_list:\t${cpus}\n`);
      expect(status).toContain('\nMems_allowed_list:\t0\n');
    });
  }
});
