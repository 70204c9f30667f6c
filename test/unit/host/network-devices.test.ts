import { describe, expect, it } from 'vitest';
import { parseNetworkDevices, readNetworkDevices } from '../../../src/host/network-devices.js';

const HEADING = [
  'Inter-|   Receive                                                |  Transmit',
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
];
const zeros = { RxErrors: 0n, RxDropped: 0n, TxErrors: 0n, TxDropped: 0n };

describe('parseNetworkDevices()', () => {
  it('reads what went through every device', () => {
    const lines = [
      '    lo:    1300      14    0    0    0     0          0         0     1300      14    0    0    0     0       0          0',
      '  eth0: 18446744073709551615  2    3    4    5     6          7         8      9      10   11   12   13    14      15         16',
    ];
    expect(parseNetworkDevices(`${[...HEADING, ...lines].join('\n')}\n`)).toEqual([
      { Name: 'lo', RxBytes: 1300n, RxPackets: 14n, TxBytes: 1300n, TxPackets: 14n, ...zeros },
      {
        Name: 'eth0',
        RxBytes: 18446744073709551615n,
        RxPackets: 2n,
        RxErrors: 3n,
        RxDropped: 4n,
        TxBytes: 9n,
        TxPackets: 10n,
        TxErrors: 11n,
        TxDropped: 12n,
      },
    ]);
  });

  it('takes the last colon for the end of the name', () => {
    const line = 'eth0:1:1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0';
    expect(parseNetworkDevices([...HEADING, line].join('\n'))).toEqual([
      { Name: 'eth0:1', RxBytes: 1n, RxPackets: 2n, TxBytes: 3n, TxPackets: 4n, ...zeros },
    ]);
  });

  it.each(['', HEADING.join('\n'), [...HEADING, 'eth0: 1 2 3'].join('\n')])('finds no device in %j', (text) => {
    expect(parseNetworkDevices(text)).toEqual([]);
  });
});

describe('readNetworkDevices()', () => {
  it('is null for a process of the same network namespace, and for one that is gone', () => {
    expect(readNetworkDevices(process.pid)).toBeNull();
    expect(readNetworkDevices(4194305)).toBeNull();
  });
});
