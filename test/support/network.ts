// Network namespaces of tests: the host's own devices are never touched.
import { execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { waitFor } from './wait-for.js';

/** A device as ip(8) tells it. */
export interface Device {
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly mac: string;
  /** Of global scope, such as `192.0.2.1/24`, in the order of the kernel. */
  readonly addresses: readonly string[];
}

interface IpAddress {
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
}

interface IpLink {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address: string;
  readonly addr_info: readonly IpAddress[];
}

/** One network namespace, held by a process that sleeps. */
export class Network {
  readonly pid: number;

  constructor(pid: number) {
    this.pid = pid;
  }

  /** Its file. */
  get path(): string {
    return `/proc/${this.pid}/ns/net`;
  }

  /** Runs `ip ARGS` in it. */
  ip(...args: string[]): string {
    return execFileSync('nsenter', [`--net=${this.path}`, 'ip', ...args], { encoding: 'utf8' });
  }

  /** Its devices but for the loopback, by name. */
  devices(): Device[] {
    const links = JSON.parse(this.ip('-json', 'address', 'show')) as IpLink[];
    return links
      .filter(({ ifname }) => ifname !== 'lo')
      .map(({ ifname, flags, mtu, address, addr_info }) => ({
        name: ifname,
        up: flags.includes('UP'),
        mtu,
        mac: address,
        addresses: addr_info
          .filter(({ scope }) => scope === 'global')
          .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  device(name: string): Device | undefined {
    return this.devices().find((device) => device.name === name);
  }

  /** A script for callFrom(): tsrun in this namespace. */
  get script(): string {
    return `exec nsenter --net=${this.path} "$@"`;
  }
}

/** A new network namespace, which ends with the test. */
export async function newNetwork(): Promise<Network> {
  const holder = spawn('unshare', ['--net', 'sleep', '600'], { stdio: 'ignore' });
  onTestFinished(() => void holder.kill('SIGKILL'));
  const own = readlinkSync('/proc/self/ns/net');
  const network = new Network(holder.pid ?? 0);
  await waitFor('the network namespace', () => readlinkSync(network.path) !== own);
  return network;
}
