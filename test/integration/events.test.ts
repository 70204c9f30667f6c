// events: the shape of the statistics, and when events end. What limits do needs controllers, which a hybrid host has not.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type BundleOptions, makeBundle, setNamespace, shareNamespace } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { LIBRARY, TSRUN } from '../support/paths.js';
import { newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const SLEEPS: BundleOptions = { args: ['/probe', 'sleep', '600'] };

/** A running container. */
function run(options: BundleOptions = SLEEPS) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  tsrun.must(['run', '--detach', '--bundle', makeBundle(options).path, id]);
  const readLines = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  return { tsrun, id, init: tsrun.state(id)?.pid ?? 0, readLines, directory: join(cgroupRoot(), id) };
}

interface Line {
  readonly type: string;
  readonly id: string;
  readonly data: {
    readonly cpu: { readonly usage: { readonly total: number } };
    readonly memory: { readonly usage: { readonly limit: number } };
    readonly pids: { readonly current: number };
    readonly network_interfaces: readonly { readonly Name: string }[] | null;
  };
}

/** The same keys, with `number` for every number and without the devices, sizes and counters that hosts have or have not. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, key === 'raw' ? {} : shapeOf(field)]));
}

const ENTRY = { limit: 'number', usage: 'number', max: 'number', failcnt: 'number' };
const PRESSURE_LINE = { avg10: 'number', avg60: 'number', avg300: 'number', total: 'number' };
const CPUSET_FLAGS = [
  'cpu_exclusive',
  'mem_hardwall',
  'mem_exclusive',
  'memory_migrate',
  'memory_spread_page',
  'memory_spread_slab',
  'memory_pressure',
  'sched_load_balance',
  'sched_relax_domain_level',
];

describe('events --stats', () => {
  test('is one line with what the container has used', () => {
    const { tsrun, id, directory } = run();
    const { stdout, stderr } = tsrun.must(['events', '--stats', id]);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toHaveLength(2);
    const line = JSON.parse(stdout) as { type: string; id: string; data: Record<string, unknown> };
    expect({ type: line.type, id: line.id }).toEqual({ type: 'stats', id });
    const psi = (name: string) =>
      existsSync(join(directory, name)) ? { psi: { some: PRESSURE_LINE, full: PRESSURE_LINE } } : {};
    const { cpuset, hugetlb, blkio, ...shape } = shapeOf(line.data) as Record<string, Record<string, unknown>>;
    expect(shape).toEqual({
      cpu: {
        usage: { total: 'number', kernel: 'number', user: 'number' },
        throttling: { periods: 'number', throttledPeriods: 'number', throttledTime: 'number' },
        ...psi('cpu.pressure'),
      },
      memory: {
        cache: 'number',
        usage: ENTRY,
        swap: ENTRY,
        kernel: ENTRY,
        kernelTCP: ENTRY,
        raw: {},
        ...psi('memory.pressure'),
      },
      pids: { current: 'number', limit: 'number' },
      intel_rdt: {},
      network_interfaces: [
        {
          Name: 'string',
          RxBytes: 'number',
          RxPackets: 'number',
          RxErrors: 'number',
          RxDropped: 'number',
          TxBytes: 'number',
          TxPackets: 'number',
          TxErrors: 'number',
          TxDropped: 'number',
        },
      ],
    });
    expect(Object.keys(cpuset ?? {})).toEqual(expect.arrayContaining(CPUSET_FLAGS));
    expect(Object.keys(blkio ?? {})).toEqual(
      expect.arrayContaining(['ioServiceBytesRecursive', 'ioServicedRecursive', ...Object.keys(psi('io.pressure'))]),
    );
    expect(hugetlb).toBeTypeOf('object');
  });

  test('has the processes and the time of the CPU', () => {
    const { tsrun, id, directory, readLines } = run();
    const [line] = readLines(tsrun.must(['events', '--stats', id]).stdout);
    expect(line?.data.pids.current).toBe(1);
    const usage = /^usage_usec (\d+)$/m.exec(readFileSync(join(directory, 'cpu.stat'), 'utf8'))?.[1];
    expect(line?.data.cpu.usage.total).toBe(Number(usage) * 1000);
  });

  test("has the devices of the container's network namespace, and none of the host's", () => {
    const own = run();
    expect(own.readLines(own.tsrun.must(['events', '--stats', own.id]).stdout)[0]?.data.network_interfaces).toEqual([
      expect.objectContaining({ Name: 'lo' }),
    ]);
    const hosts = run({ ...SLEEPS, mutate: (spec) => shareNamespace(spec, 'network') });
    expect(hosts.readLines(hosts.tsrun.must(['events', '--stats', hosts.id]).stdout)[0]?.data.network_interfaces).toBe(
      null,
    );
    const joined = run({ ...SLEEPS, mutate: (spec) => setNamespace(spec, 'network', `/proc/${own.init}/ns/net`) });
    expect(
      joined.readLines(joined.tsrun.must(['events', '--stats', joined.id]).stdout)[0]?.data.network_interfaces,
    ).toEqual([expect.objectContaining({ Name: 'lo' })]);
  });

  test('of a created container is there', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    tsrun.must(['create', '--bundle', makeBundle(SLEEPS).path, id]);
    expect(tsrun.must(['events', '--stats', id]).stdout).toContain(`{"type":"stats","id":"${id}",`);
  });
});

describe('events', () => {
  test('prints statistics each interval, not before, and ends with the container', async () => {
    const { tsrun, id, readLines } = run();
    const running = tsrun.spawn(['events', '--interval', '300ms', id]);
    const begin = performance.now();
    await waitFor('two lines', () => running.stdout().split('\n').length > 2);
    expect(performance.now() - begin).toBeGreaterThan(500);
    const before = readLines(running.stdout()).length;
    tsrun.must(['kill', id, 'KILL']);
    const { status, signal, stdout, stderr } = await running.ended;
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    const lines = readLines(stdout);
    // The last are those of the end.
    expect(lines.length).toBeGreaterThan(before);
    expect(lines.map(({ type, id: whose }) => [type, whose])).toEqual(lines.map(() => ['stats', id]));
    expect(lines.at(-1)?.data).toMatchObject({ pids: { current: 0 }, network_interfaces: null });
  });

  test('ends with the container, however long the interval', async () => {
    const { tsrun, id } = run();
    const running = tsrun.spawn(['events', '--interval=1000h', id]);
    await waitFor('the watch', () => isWatching(running.pid));
    tsrun.must(['kill', id, 'KILL']);
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
  });

  test('ends with the container where no file can be watched', async () => {
    const { tsrun, id } = run();
    // namespaces(7): a user namespace has a number of inotify instances of its own.
    const script = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"';
    const child = spawn(
      'unshare',
      ['-Ur', '/bin/sh', '-c', script, 'sh', TSRUN, '--root', tsrun.root, 'events', '--interval=200ms', id],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const status = new Promise((resolve) => child.on('close', resolve));
    await waitFor('a line', () => (stdout + stderr).includes('\n'));
    tsrun.must(['kill', id, 'KILL']);
    expect({ status: await status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('ends when the container is deleted', async () => {
    const { tsrun, id } = run();
    const running = tsrun.spawn(['events', id]);
    await waitFor('the watch', () => isWatching(running.pid));
    tsrun.must(['delete', '--force', id]);
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
  });

  test('ends with init where others outlive it', async () => {
    const { tsrun, id, init } = run({
      args: ['/probe', 'fork-sleep'],
      mutate: (spec) => shareNamespace(spec, 'pid'),
    });
    const running = tsrun.spawn(['events', id]);
    await waitFor('the watch', () => isWatching(running.pid));
    process.kill(init, 'SIGKILL');
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
  });

  test('goes on while the container is paused', async () => {
    const { tsrun, id, directory } = run();
    const running = tsrun.spawn(['events', '--interval', '200ms', id]);
    writeFileSync(join(directory, 'cgroup.freeze'), '1');
    await waitFor('its pause', () => tsrun.state(id)?.status === 'paused');
    const before = running.stdout().length;
    await waitFor('more lines', () => running.stdout().length > before);
    writeFileSync(join(directory, 'cgroup.freeze'), '0');
    tsrun.must(['kill', id, 'KILL']);
    expect((await running.ended).status).toBe(0);
  });

  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    test(`is ended by ${name} without a word`, async () => {
      const { tsrun, id } = run();
      const running = tsrun.spawn(['events', id]);
      await waitFor('the watch', () => isWatching(running.pid));
      running.child.kill(name);
      expect(await running.ended).toEqual({ status: null, signal: name, stdout: '', stderr: '' });
      expect(tsrun.state(id)?.status).toBe('running');
    });
  }

  test('ends when nobody reads on, with the status of SIGPIPE', async () => {
    const { tsrun, id } = run();
    const child = spawn(TSRUN, ['--root', tsrun.root, 'events', '--interval', '100ms', id], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect({ status, stderr }).toEqual({ status: 141, stderr: '' });
  });

  test('of a stopped container is refused', async () => {
    const { tsrun, id } = run({ args: ['/probe', 'true'] });
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    for (const args of [['--stats'], []]) {
      expect(tsrun.call(['events', ...args, id])).toMatchObject({
        status: 1,
        stdout: '',
        stderr: `tsrun: cannot read the statistics of container "${id}": container not running\nhint: its status is stopped\n`,
      });
    }
  });

  test('without a cgroup is refused', () => {
    const { tsrun, id } = run();
    const file = join(tsrun.root, id, 'state.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"cgroup":\{[^}]*\}/, '"cgroup":null'));
    expect(tsrun.call(['events', '--stats', id])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `tsrun: cannot read the statistics of container "${id}": it has no cgroup\nhint: it was created with --cgroup-manager=disabled, or this host has no cgroup v2\n`,
    });
  });

  test('refuses a missing container and an unusable interval', () => {
    const { tsrun, id } = run();
    expect(tsrun.call(['events', 'absent'])).toMatchObject({
      status: 1,
      stderr: 'tsrun: container "absent" does not exist\n',
    });
    for (const interval of ['0', '-5s', 'often']) {
      const { status, stdout, stderr } = tsrun.call(['events', `--interval=${interval}`, id]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^tsrun: (unusable|unknown) interval "${interval}": must be `));
    }
  });
});

describe('the library', () => {
  test('has the events as an iterable that a signal ends, and the statistics with exact numbers', () => {
    const { tsrun, id } = run();
    const script = `
      import { Runtime } from ${JSON.stringify(LIBRARY)};
      const runtime = new Runtime({ root: ${JSON.stringify(tsrun.root)} });
      const id = ${JSON.stringify(id)};
      const controller = new AbortController();
      const seen = [];
      for await (const event of runtime.events(id, { interval: 50, signal: controller.signal })) {
        seen.push(event.type);
        if (seen.length === 2) controller.abort();
      }
      // Left early: nothing keeps the process alive.
      for await (const event of runtime.events(id, { interval: 1 })) break;
      seen.push(typeof (await runtime.stats(id)).cpu.usage.total);
      console.log(JSON.stringify(seen));`;
    const { status, stdout, stderr } = tsrun.execute(process.execPath, ['--input-type=module', '-e', script]);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '["stats","stats","bigint"]\n', stderr: '' });
  });

  test('rejects when the first event of a stopped container is asked for', async () => {
    const { tsrun, id } = run({ args: ['/probe', 'true'] });
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    const script = `
      import { Runtime, TsrunError } from ${JSON.stringify(LIBRARY)};
      const events = new Runtime({ root: ${JSON.stringify(tsrun.root)} }).events(${JSON.stringify(id)});
      try { for await (const event of events); } catch (error) { console.log(error instanceof TsrunError, error.code); }`;
    expect(tsrun.execute(process.execPath, ['--input-type=module', '-e', script]).stdout).toBe(
      'true CONTAINER_STATUS\n',
    );
  });
});

/** Whether the engine, the child of this front, watches files of its container's cgroup. */
function isWatching(front: number): boolean {
  return readText(`/proc/${front}/task/${front}/children`)
    .split(' ')
    .filter(Boolean)
    .some((pid) => {
      for (let fd = 3; fd < 64; fd++) if (/^inotify wd:/m.test(readText(`/proc/${pid}/fdinfo/${fd}`))) return true;
      return false;
    });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
