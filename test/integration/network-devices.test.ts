// linux.netDevices. Every test has a network namespace of its own, which tsrun is run in: the host's devices are not touched.
import { chownSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Linux } from '../../src/spec/types.js';
import { type BundleOptions, makeBundle, type SpecDraft, setNamespace, shareNamespace } from '../support/bundle.js';
import { Network, newNetwork } from '../support/network.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

type NetDevices = NonNullable<Linux['netDevices']>;

const MAC = '02:00:00:00:00:07';

/** A pair of veth devices: `data0`, with properties, and its peer. */
async function newHost(): Promise<Network> {
  const host = await newNetwork();
  host.ip('link', 'add', 'data0', 'address', MAC, 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'peer0');
  return host;
}

const withDevices =
  (
    netDevices: NetDevices,
    more: NonNullable<BundleOptions['mutate']> = () => {},
  ): NonNullable<BundleOptions['mutate']> =>
  (spec, bundle) => {
    spec.linux.netDevices = netDevices;
    more(spec, bundle);
  };

/** Runs tsrun in the namespace of `host`, in the foreground. */
function runIn(host: Network, options: BundleOptions) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const outcome = tsrun.callFrom(host.script, ['run', '--bundle', makeBundle(options).path, id]);
  return { ...outcome, stderr: outcome.stderr.replaceAll(id, 'ID'), tsrun, id };
}

/** Creates a container in the namespace of `host`; answers it and its network. */
function createIn(host: Network, options: BundleOptions) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({ args: ['/probe', 'sleep', '60'], ...options });
  const { status, stderr } = tsrun.callFrom(host.script, ['create', '--bundle', bundle.path, id]);
  if (status !== 0) throw new Error(stderr);
  return { tsrun, id, inside: new Network(tsrun.state(id)?.pid ?? 0) };
}

describe('a device of linux.netDevices', () => {
  test('is in the container, up, with its name, MTU and hardware address, and not on the host', async () => {
    const host = await newHost();
    const { inside } = createIn(host, { mutate: withDevices({ data0: {} }) });
    expect(inside.devices()).toEqual([{ name: 'data0', up: true, mtu: 1400, mac: MAC, addresses: [] }]);
    expect(host.devices().map(({ name }) => name)).toEqual(['peer0']);
  });

  test('has its permanent global addresses there, in their order, and no others', async () => {
    const host = await newHost();
    host.ip('link', 'set', 'data0', 'up');
    host.ip('link', 'set', 'peer0', 'up');
    for (const address of ['192.0.2.1/24', '192.0.2.2/24', '198.51.100.7/32', '2001:db8::1/64']) {
      host.ip('address', 'add', address, 'dev', 'data0');
    }
    host.ip('address', 'add', '203.0.113.1/24', 'dev', 'data0', 'valid_lft', '500', 'preferred_lft', '500');
    host.ip('address', 'add', '203.0.113.129/25', 'dev', 'data0', 'scope', 'link');
    const { inside } = createIn(host, { mutate: withDevices({ data0: {} }) });
    expect(inside.device('data0')?.addresses).toEqual([
      '192.0.2.1/24',
      '198.51.100.7/32',
      '192.0.2.2/24',
      '2001:db8::1/64',
    ]);
    expect(inside.ip('-4', 'address', 'show', 'scope', 'link')).toBe('');
  });

  test('keeps broadcast, peer, metric, label and flags of an address', async () => {
    const host = await newHost();
    host.ip(
      'address',
      'add',
      '192.0.2.1/24',
      'broadcast',
      '192.0.2.9',
      'label',
      'data0:web',
      'metric',
      '77',
      'dev',
      'data0',
    );
    host.ip('address', 'add', '198.51.100.1', 'peer', '198.51.100.2/32', 'dev', 'data0');
    host.ip('address', 'add', '2001:db8::5/64', 'noprefixroute', 'nodad', 'dev', 'data0');
    const { inside } = createIn(host, { mutate: withDevices({ data0: { name: 'net1' } }) });
    const text = inside.ip('-oneline', 'address', 'show', 'dev', 'net1');
    expect(text).toMatch(/inet 192\.0\.2\.1\/24 metric 77 brd 192\.0\.2\.9 scope global net1:web\\/);
    expect(text).toMatch(/inet 198\.51\.100\.1 peer 198\.51\.100\.2\/32 scope global net1\\/);
    expect(text).toMatch(/inet6 2001:db8::5\/64 scope global nodad noprefixroute/);
  });

  test('is renamed, also to a name that the host has for another', async () => {
    const host = await newHost();
    const { inside } = createIn(host, {
      mutate: withDevices({ data0: { name: 'peer0' }, peer0: { name: 'data0' } }),
    });
    expect(inside.devices().map(({ name, mac }) => [name, mac === MAC])).toEqual([
      ['data0', false],
      ['peer0', true],
    ]);
  });

  test('gets the next free number of a template', async () => {
    const host = await newHost();
    const joined = await newNetwork();
    joined.ip('link', 'add', 'net0', 'type', 'bridge');
    const { inside } = createIn(host, {
      mutate: withDevices({ data0: { name: 'net%d' }, peer0: { name: 'net%d' } }, (spec) =>
        setNamespace(spec, 'network', joined.path),
      ),
    });
    expect(inside.devices().map(({ name }) => name)).toEqual(['net0', 'net1', 'net2']);
  });

  test('moves into a namespace that is joined, whatever is called like it there', async () => {
    const host = await newHost();
    const joined = await newNetwork();
    joined.ip('link', 'add', 'data0', 'type', 'bridge');
    createIn(host, {
      mutate: withDevices({ data0: { name: 'net1' } }, (spec) => setNamespace(spec, 'network', joined.path)),
    });
    expect(joined.devices().map(({ name, mac }) => [name, mac === MAC])).toEqual([
      ['data0', false],
      ['net1', true],
    ]);
  });

  test('is seen by a process of exec, and by createRuntime hooks', async () => {
    const host = await newHost();
    const hook = {
      path: '/bin/sh',
      args: [
        'sh',
        '-c',
        `pid=$(tr ',' '\\n' | sed -n 's/"pid"://p'); nsenter --net=/proc/$pid/ns/net ip link set data0 alias seen`,
      ],
    };
    const { tsrun, id, inside } = createIn(host, {
      mutate: withDevices({ data0: {} }, (spec) => {
        spec.hooks = { createRuntime: [{ ...hook, env: [`PATH=${process.env.PATH}`] }] };
      }),
    });
    tsrun.must(['start', id]);
    expect(tsrun.must(['exec', id, '/probe', 'cat', '/proc/net/dev']).stdout).toMatch(/^ *data0:/m);
    expect(inside.ip('link', 'show', 'data0')).toContain('alias seen');
  });

  test('moves into the namespace of a container with a user namespace', async () => {
    const host = await newHost();
    const { inside } = createIn(host, {
      mutate: withDevices({ data0: {} }, (spec, { rootfs }) => {
        setNamespace(spec, 'user');
        spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        chownSync(rootfs, 100_000, 100_000);
      }),
    });
    expect(inside.device('data0')).toMatchObject({ up: true, mac: MAC });
  });

  test('ends with the namespace of its container, if it is virtual', async () => {
    const host = await newHost();
    const { tsrun, id } = createIn(host, { mutate: withDevices({ data0: {} }) });
    tsrun.must(['delete', '--force', id]);
    // The kernel removes namespaces some time after their last process.
    await waitFor('the end of the pair', () => host.devices().length === 0);
  });
});

describe('a device that cannot be moved', () => {
  test('because there is none is an error, and nothing has been done', async () => {
    const host = await newHost();
    const { status, stderr, tsrun } = runIn(host, { mutate: withDevices({ data0: {}, nodev0: {} }) });
    expect([status, stderr]).toEqual([
      1,
      'tsrun: cannot run container "ID": find the network device "nodev0" (linux.netDevices): no such device (ENODEV)\n' +
        'hint: the device must be in the network namespace that tsrun is run in: see "ip link"\n',
    ]);
    expect(tsrun.leftovers()).toEqual([]);
    expect(host.device('data0')).toMatchObject({ mac: MAC });
  });

  test('because its name is taken is an error, and those before it are given back', async () => {
    const host = await newHost();
    host.ip('address', 'add', '192.0.2.1/24', 'dev', 'data0');
    host.ip('link', 'set', 'data0', 'up');
    const before = host.devices();
    const joined = await newNetwork();
    joined.ip('link', 'add', 'net2', 'type', 'bridge');
    const { status, stderr } = runIn(host, {
      mutate: withDevices({ data0: { name: 'net1' }, peer0: { name: 'net2' } }, (spec) =>
        setNamespace(spec, 'network', joined.path),
      ),
    });
    expect([status, stderr]).toEqual([
      1,
      'tsrun: cannot run container "ID": move the network device "peer0" into the container as "net2": file exists (EEXIST)\n' +
        'hint: a device in the network namespace of the container has that name: choose another in "name"\n',
    ]);
    expect(host.devices()).toEqual(before);
    expect(joined.devices().map(({ name }) => name)).toEqual(['net2']);
  });

  test('because the container is in the namespace of the runtime by path is an error', async () => {
    const host = await newHost();
    const { status, stderr } = runIn(host, {
      mutate: withDevices({ data0: {} }, (spec) => setNamespace(spec, 'network', host.path)),
    });
    expect([status, stderr]).toEqual([
      1,
      'tsrun: cannot run container "ID": move the network device "data0" into the container as "data0": its network namespace is the runtime\'s own\n',
    ]);
  });

  test('because the container has no network namespace is an error of config.json', async () => {
    const host = await newHost();
    const { stderr } = runIn(host, { mutate: withDevices({ data0: {} }, (spec) => shareNamespace(spec, 'network')) });
    expect(stderr).toBe(
      'tsrun: invalid config.json: linux.netDevices: needs a namespace of type "network", linux.namespaces has none\n',
    );
  });

  test('because tsrun is not run by root is an error of config.json', async () => {
    const tsrun = newTsrun();
    const bundle = makeBundle({
      mutate: withDevices({ data0: {} }, (spec) => {
        setNamespace(spec, 'user');
        spec.linux.uidMappings = [{ containerID: 0, hostID: 65534, size: 1 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 65534, size: 1 }];
      }),
    });
    const { stderr } = tsrun.call(['run', '--bundle', bundle.path, tsrun.newId()], { uid: 65534 });
    expect(stderr).toContain('linux.netDevices.data0: only root can move a network device of the host\n');
  });

  test('because the kernel ties it to its namespace is an error that says so', async () => {
    const host = await newNetwork();
    host.ip('link', 'add', 'br0', 'type', 'bridge');
    const { status, stderr } = runIn(host, { mutate: withDevices({ br0: {} }) });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /move the network device "br0" into the container as "br0" \(RTM_SETLINK .*\): invalid argument/,
    );
    expect(host.devices().map(({ name }) => name)).toEqual(['br0']);
  });
});

describe('a container that does not come into being', () => {
  test.each<[string, Partial<BundleOptions>, (spec: SpecDraft) => void]>([
    ['because a mount fails', {}, (spec) => spec.mounts.push({ destination: '/x', type: 'nofs', source: 'x' })],
    ['because its program is not there', { args: ['/nothing'] }, () => {}],
    ['because a hook fails', {}, (spec) => (spec.hooks = { createRuntime: [{ path: '/bin/false' }] })],
    ['because its program cannot be executed', { args: ['/etc'] }, () => {}],
  ])('gives devices back as they were, %s', async (_, options, more) => {
    const host = await newHost();
    host.ip('address', 'add', '192.0.2.1/24', 'label', 'data0:web', 'dev', 'data0');
    host.ip('address', 'add', '2001:db8::1/64', 'nodad', 'dev', 'data0');
    host.ip('link', 'set', 'data0', 'up');
    const before = host.devices();
    const { status } = runIn(host, {
      ...options,
      mutate: withDevices({ data0: { name: 'net1' }, peer0: { name: 'data0' } }, more),
    });
    expect(status).not.toBe(0);
    expect(host.devices()).toEqual(before);
    expect(host.ip('-4', 'address', 'show', 'label', 'data0:web')).toContain('192.0.2.1');
  });
});
