// Whatever fails while devices move into a container: they are in it, whole, or back where they were, as they were.
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { Network, newNetwork } from '../support/network.js';
import { waitFor } from '../support/wait-for.js';
import { Rig, sample } from './rig.js';

const TSRUN = 0;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';
/** What finding, moving and giving back consist of. */
const OURS = new Set(['socket', 'setsockopt', 'sendto', 'recvfrom', 'setns']);

const { EPERM, ENOMEM, EIO, ENOBUFS } = constants.errno;
const ERRORS = [EPERM, ENOMEM, EIO, ENOBUFS];

async function newRig(): Promise<{ rig: Rig; host: Network }> {
  const host = await newNetwork();
  const rig = new Rig(undefined, (spec) => {
    spec.linux.netDevices = { data0: { name: 'net1' }, data1: { name: 'net%d' } };
  });
  rig.wrapper = ['nsenter', `--net=${host.path}`];
  return { rig, host };
}

/** One of a pair takes the other along; a pair whose other one was in a container goes by itself, when the kernel gets to it. */
function removeDevices(host: Network): void {
  for (let [first] = host.devices(); first !== undefined; [first] = host.devices()) {
    try {
      host.ip('link', 'delete', first.name);
    } catch (error) {
      if (host.device(first.name) !== undefined) throw error;
    }
  }
}

/** Two pairs: of each, one device goes. */
function addDevices(host: Network): void {
  removeDevices(host);
  for (const number of [0, 1]) {
    const address = `02:00:00:00:00:0${number}`;
    const pair = ['link', 'add', `data${number}`, 'address', address, 'type', 'veth', 'peer', 'name', `peer${number}`];
    host.ip(...pair, 'address', `02:00:00:00:01:0${number}`);
    host.ip('address', 'add', `192.0.2.${number + 1}/24`, 'dev', `data${number}`);
    host.ip('address', 'add', `2001:db8::${number + 1}/64`, 'nodad', 'dev', `data${number}`);
  }
  host.ip('link', 'set', 'data0', 'up');
}

/** What the container has of them. */
const MOVED = [
  { name: 'net0', up: true, mtu: 1500, mac: '02:00:00:00:00:01', addresses: ['192.0.2.2/24', '2001:db8::2/64'] },
  { name: 'net1', up: true, mtu: 1500, mac: '02:00:00:00:00:00', addresses: ['192.0.2.1/24', '2001:db8::1/64'] },
];

function recordCalls(rig: Rig, host: Network): { calls: string[]; indexes: number[] } {
  addDevices(host);
  const calls = rig.record(TSRUN, rig.createArguments());
  expect(new Network(rig.init().pid).devices()).toEqual(MOVED);
  rig.must('delete', '--force', rig.id);
  const begin = calls.lastIndexOf(HELPER_BEGINS);
  return { calls, indexes: calls.flatMap((name, index) => (index > begin && OURS.has(name) ? [index + 1] : [])) };
}

test('no call that fails while devices move loses one', async () => {
  const { rig, host } = await newRig();
  const { indexes } = recordCalls(rig, host);
  expect(indexes.length).toBeGreaterThan(40);
  let hits = 0;
  for (const [turn, index] of indexes.entries()) {
    addDevices(host);
    const before = host.devices();
    const error = ERRORS[turn % ERRORS.length] ?? EIO;
    const outcome = rig.inflict({ process: TSRUN, index }, error, rig.createArguments());
    const what = `call ${index}, ${outcome.hit}, errno ${error}`;
    // The process made one call more, or less, than when it was recorded: it is another one that failed, and perhaps may.
    if (!OURS.has(outcome.hit ?? '') && outcome.status === 0) {
      expect(new Network(rig.init().pid).devices(), what).toEqual(MOVED);
      await rig.expectDeletable(what);
      continue;
    }
    hits += 1;
    expect([what, outcome.status]).toEqual([what, 1]);
    rig.expectWorded(outcome, what);
    expect(host.devices(), `${what}: ${outcome.stderr}`).toEqual(before);
    await rig.expectNothingLeft(what);
  }
  expect(hits).toBeGreaterThan(indexes.length / 2);
});

test('a create that is killed while devices move can be deleted, and leaves none in between', async () => {
  const { rig, host } = await newRig();
  const { calls, indexes } = recordCalls(rig, host);
  for (const turn of sample(indexes.length, 4, 1)) {
    const index = indexes[turn - 1] ?? 0;
    addDevices(host);
    const before = host.devices();
    const what = `call ${index}, ${calls[index - 1]}`;
    rig.inflict({ process: TSRUN, index }, 'kill', rig.createArguments());
    await rig.expectDeletable(what);
    // The kernel removes a virtual device with its namespace, and its peer with it; what has not been moved is untouched.
    await waitFor(what, () => {
      const names = host.devices().map(({ name }) => name);
      return names.every((name) => before.some((device) => device.name === name)) && names.length % 2 === 0;
    });
    const now = host.devices();
    expect(now, what).toEqual(before.filter(({ name }) => now.some((device) => device.name === name)));
  }
});
