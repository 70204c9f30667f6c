// The network devices of a process's network namespace, and what went through them.
import { readFileSync, readlinkSync } from 'node:fs';
import { errnoName } from './files.js';

/** Received and sent since the device was made; the keys are those of runc's `events`. */
export interface NetworkInterface {
  readonly Name: string;
  readonly RxBytes: bigint;
  readonly RxPackets: bigint;
  readonly RxErrors: bigint;
  readonly RxDropped: bigint;
  readonly TxBytes: bigint;
  readonly TxPackets: bigint;
  readonly TxErrors: bigint;
  readonly TxDropped: bigint;
}

/** proc_pid_net(5), "dev": two lines of heading, then a device a line with eight numbers received and eight sent. */
export function parseNetworkDevices(text: string): NetworkInterface[] {
  const found: NetworkInterface[] = [];
  for (const line of text.split('\n').slice(2)) {
    // The name may have a colon itself (an alias such as eth0:1): the last one ends it.
    const match = /^\s*(\S+):((?:\s*\d+){16,})\s*$/.exec(line);
    if (!match) continue;
    const values = (match[2] ?? '').trim().split(/\s+/).map(BigInt);
    const at = (index: number) => values[index] ?? 0n;
    found.push({
      Name: match[1] ?? '',
      RxBytes: at(0),
      RxPackets: at(1),
      RxErrors: at(2),
      RxDropped: at(3),
      TxBytes: at(8),
      TxPackets: at(9),
      TxErrors: at(10),
      TxDropped: at(11),
    });
  }
  return found;
}

/** The devices that process `pid` has; null when it shares them with this process, has ended, or is not ours to look at (namespaces(7)). */
export function readNetworkDevices(pid: number): NetworkInterface[] | null {
  try {
    if (readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) return null;
    return parseNetworkDevices(readFileSync(`/proc/${pid}/net/dev`, 'latin1'));
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EINVAL', 'EACCES'].includes(errnoName(error) ?? '')) return null;
    throw error;
  }
}
