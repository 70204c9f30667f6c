// linux.resources.blockIO: how fast a container reads from a disk.
import { describe, expect, test } from 'vitest';
import { diskNumbers } from '../../support/container.js';
import { runProbe } from '../../support/probe.js';

const disk = diskNumbers('vdb');

/** The milliseconds that reading so much past the page cache takes, with `rate` bytes a second at most. */
function read(mebibytes: number, rate: number): number {
  const text = runProbe(['read-direct', '/dev/disk', String(mebibytes)], {
    mutate: (spec) => {
      spec.linux.devices = [{ path: '/dev/disk', type: 'b', ...disk }];
      spec.linux.resources = {
        devices: [{ allow: true, type: 'b', ...disk, access: 'r' }],
        blockIO: { throttleReadBpsDevice: [{ ...disk, rate }] },
      };
    },
  });
  return Number(text);
}

describe('linux.resources.blockIO.throttleReadBpsDevice', () => {
  test('makes 4 MiB at 1 MiB a second take three seconds at least', () => {
    const milliseconds = read(4, 1024 * 1024);
    expect(milliseconds).toBeGreaterThanOrEqual(3000);
    expect(milliseconds).toBeLessThan(8000);
  });

  test('of far more than the disk reads is no hindrance', () => {
    expect(read(4, 4096 * 1024 * 1024)).toBeLessThan(2000);
  });
});
