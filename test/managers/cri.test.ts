// containerd's CRI plugin: pods and containers as the kubelet asks for them, with a runtime handler of runc and of tsrun.
import { existsSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Containerd, KUBERNETES, POD_NETWORK, startContainerd } from '../support/containerd.js';
import { type Cri, connectCri, type Message } from '../support/cri.js';
import { IMAGE } from '../support/image.js';
import { RUNTIMES } from '../support/runtimes.js';
import { waitFor } from '../support/wait-for.js';

const MIB = 1024 * 1024;

interface ExecAnswer {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
}

interface StatusAnswer {
  readonly status: { readonly state: string; readonly exitCode: number; readonly reason: string };
}

let containerd: Containerd;
let cri: Cri;

beforeAll(async () => {
  containerd = await startContainerd([KUBERNETES]);
  cri = connectCri(containerd.socket);
  await waitFor('the CRI plugin', async () => {
    const answer = await cri.call<{ status: { conditions: { status: boolean }[] } }>('Status', {}).catch(() => null);
    return answer?.status.conditions.every(({ status }) => status);
  });
});

afterAll(async () => {
  cri?.close();
  await containerd?.stop();
  // What runc leaves of the parents of cgroups; systemd's slices are its own.
  if (existsSync(LEFT)) rmdirSync(LEFT);
});

/** As the kubelet names the parents of a pod's cgroups. */
const MANAGERS = [
  { manager: 'cgroupfs', suffix: '', parent: '/kubepods-test' },
  { manager: 'systemd', suffix: '-systemd', parent: '/kubetest.slice' },
] as const;

const LEFT = `/sys/fs/cgroup${MANAGERS[0].parent}`;

const CASES = RUNTIMES.flatMap(({ name }) =>
  MANAGERS.map((manager) => ({ ...manager, handler: `${name}${manager.suffix}` })),
);

describe.each(CASES.map((one) => [one.handler, one] as const))('a pod of the runtime handler %s', (_, one) => {
  const { handler, parent, manager } = one;
  const logs = mkdtempSync(join(tmpdir(), 'pod-logs-'));
  const sandbox: Message = {
    metadata: { name: 'shop', uid: `uid-${handler}`, namespace: 'default' },
    logDirectory: logs,
    linux: {
      cgroupParent: parent,
      securityContext: {
        namespaceOptions: { network: 'NODE', pid: 'CONTAINER' },
        seccomp: { profileType: 'RuntimeDefault' },
      },
    },
  };
  let pod = '';
  let desk = '';

  const exec = async (...cmd: readonly string[]) => {
    const answer = await cri.call<ExecAnswer>('ExecSync', { containerId: desk, cmd, timeout: 30 });
    return { stdout: String(answer.stdout), stderr: String(answer.stderr), exitCode: answer.exitCode };
  };
  const create = async (name: string, command: readonly string[], security: Message = {}, resources: Message = {}) => {
    const config = {
      metadata: { name },
      image: { image: IMAGE },
      command,
      workingDir: '/home',
      envs: [{ key: 'A', value: 'b' }],
      logPath: `${name}.log`,
      linux: {
        resources,
        securityContext: {
          namespaceOptions: { network: 'NODE', pid: 'CONTAINER' },
          seccomp: { profileType: 'RuntimeDefault' },
          ...security,
        },
      },
    };
    const request = { podSandboxId: pod, config, sandboxConfig: sandbox };
    return (await cri.call<{ containerId: string }>('CreateContainer', request)).containerId;
  };
  const statusOf = async (containerId: string) =>
    (await cri.call<StatusAnswer>('ContainerStatus', { containerId })).status;
  const logOf = (name: string) => readFileSync(join(logs, `${name}.log`), 'utf8');

  beforeAll(async () => {
    const answer = await cri.call<{ podSandboxId: string }>('RunPodSandbox', {
      config: sandbox,
      runtimeHandler: handler,
    });
    pod = answer.podSandboxId;
    const text = 'echo begun; echo wrong >&2; trap "exit 3" TERM; while :; do sleep 1; done';
    const limits = { memoryLimitInBytes: 64 * MIB, cpuQuota: 50_000, cpuPeriod: 100_000, cpuShares: 512 };
    desk = await create('desk', ['sh', '-c', text], { noNewPrivs: true, maskedPaths: ['/proc/kcore'] }, limits);
    await cri.call('StartContainer', { containerId: desk });
  });

  afterAll(async () => {
    if (pod !== '') {
      await cri.call('StopPodSandbox', { podSandboxId: pod });
      await cri.call('RemovePodSandbox', { podSandboxId: pod });
    }
    rmSync(logs, { recursive: true });
  });

  test('is ready, and of that handler', async () => {
    const { status } = await cri.call<{ status: Message }>('PodSandboxStatus', { podSandboxId: pod });
    expect(status).toMatchObject({ id: pod, state: 'SANDBOX_READY', runtimeHandler: handler });
  });

  test('has its container running, in a cgroup below its parent', async () => {
    const { containers } = await cri.call<{ containers: Message[] }>('ListContainers', {
      filter: { podSandboxId: pod },
    });
    expect(containers).toMatchObject([{ id: desk, metadata: { name: 'desk' }, state: 'CONTAINER_RUNNING' }]);
    const name = manager === 'systemd' ? `cri-containerd-${desk}.scope` : desk;
    const file = `/sys/fs/cgroup${parent}/${name}/memory.max`;
    expect(existsSync(file) && readFileSync(file, 'utf8')).toBe(`${64 * MIB}\n`);
  });

  test('ExecSync answers output and exit code', async () => {
    const text = 'pwd; echo $A; echo wrong >&2; exit 7';
    expect(await exec('sh', '-c', text)).toEqual({ stdout: '/home\nb\n', stderr: 'wrong\n', exitCode: 7 });
  });

  test('ExecSync of a program that is not there is an error that says so', async () => {
    await expect(exec('no-such-program')).rejects.toThrow('executable file not found');
  });

  test('ExecSync sees limits and confinement of the container', async () => {
    const files = ['memory.max', 'cpu.max'].map((file) => `/sys/fs/cgroup/${file}`);
    const look = `cat ${files.join(' ')}; grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status; cat /proc/self/attr/current`;
    const expected = `${64 * MIB}\n50000 100000\nNoNewPrivs:\t1\nSeccomp:\t2\ncri-containerd.apparmor.d (enforce)\n`;
    expect(await exec('sh', '-c', look)).toEqual({ stdout: expected, stderr: '', exitCode: 0 });
  });

  test('ExecSync ends a program that takes longer than it may', async () => {
    const request = { containerId: desk, cmd: ['sleep', '1000'], timeout: 2 };
    await expect(cri.call('ExecSync', request)).rejects.toThrow('timeout');
  });

  test('the log has what the program wrote', async () => {
    await waitFor('the log', () => logOf('desk').includes('wrong'));
    const lines = logOf('desk')
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\S+ /, ''));
    expect(lines.sort()).toEqual(['stderr F wrong', 'stdout F begun']);
  });

  test('ContainerStats answers what it uses', async () => {
    type Answer = {
      stats: { cpu: { usageCoreNanoSeconds: { value: string } }; memory: { workingSetBytes: { value: string } } };
    };
    const { stats } = await cri.call<Answer>('ContainerStats', { containerId: desk });
    expect(Number(stats.cpu.usageCoreNanoSeconds.value)).toBeGreaterThan(0);
    expect(Number(stats.memory.workingSetBytes.value)).toBeGreaterThan(0);
  });

  test('UpdateContainerResources changes limits of what runs', async () => {
    const linux = { memoryLimitInBytes: 48 * MIB, cpuQuota: 25_000, cpuPeriod: 100_000 };
    await cri.call('UpdateContainerResources', { containerId: desk, linux });
    const { stdout } = await exec('cat', '/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/cpu.max');
    expect(stdout).toBe(`${48 * MIB}\n25000 100000\n`);
  });

  test('a container that ends leaves its exit code', async () => {
    const id = await create('brief', ['sh', '-c', 'id -u; touch /file; exit 5'], {
      runAsUser: { value: 1000 },
      readonlyRootfs: true,
    });
    await cri.call('StartContainer', { containerId: id });
    await waitFor('its end', async () => (await statusOf(id)).state === 'CONTAINER_EXITED');
    expect((await statusOf(id)).exitCode).toBe(5);
    expect(logOf('brief')).toMatch(/stdout F 1000\n/);
    expect(logOf('brief')).toContain('Read-only file system');
    await cri.call('RemoveContainer', { containerId: id });
  });

  // containerd looks for it from when "start" has returned to when the last process ends: with any runtime, it misses what comes at once
  // and kills all of the container.
  test('a container in which memory runs out is OOMKilled', async () => {
    const text = 'sleep 3; tail /dev/zero; sleep 3; exit 9';
    const id = await create('hungry', ['sh', '-c', text], {}, { memoryLimitInBytes: 16 * MIB });
    await cri.call('StartContainer', { containerId: id });
    await waitFor('its end', async () => (await statusOf(id)).state === 'CONTAINER_EXITED');
    expect(await statusOf(id)).toMatchObject({ exitCode: 9, reason: 'OOMKilled' });
    await cri.call('RemoveContainer', { containerId: id });
  });

  test('a container whose program is not there cannot be started, and the error says why', async () => {
    const id = await create('nothing', ['no-such-program']);
    await expect(cri.call('StartContainer', { containerId: id })).rejects.toThrow('executable file not found');
    await cri.call('RemoveContainer', { containerId: id });
  });

  test('StopContainer lets the program end by itself, RemoveContainer removes it', async () => {
    await cri.call('StopContainer', { containerId: desk, timeout: 30 });
    expect(await statusOf(desk)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 3 });
    await cri.call('RemoveContainer', { containerId: desk });
    const { containers } = await cri.call<{ containers: Message[] }>('ListContainers', {
      filter: { podSandboxId: pod },
    });
    expect(containers).toEqual([]);
  });

  test('StopPodSandbox and RemovePodSandbox end it', async () => {
    await cri.call('StopPodSandbox', { podSandboxId: pod });
    const { status } = await cri.call<{ status: Message }>('PodSandboxStatus', { podSandboxId: pod });
    expect(status).toMatchObject({ state: 'SANDBOX_NOTREADY' });
    await cri.call('RemovePodSandbox', { podSandboxId: pod });
    await expect(cri.call('PodSandboxStatus', { podSandboxId: pod })).rejects.toThrow('not found');
    pod = '';
  });
});

describe.each(RUNTIMES.map(({ name }) => name))(
  'a pod of the runtime handler %s with a network of its own',
  (handler) => {
    test('has the address and the name that it was given, in each of its containers', async () => {
      const securityContext = { namespaceOptions: { pid: 'CONTAINER' } };
      const metadata = { name: 'net', uid: `net-${handler}`, namespace: 'default' };
      const sandbox: Message = {
        metadata,
        hostname: 'inside',
        linux: { cgroupParent: '/kubepods-test', securityContext },
      };
      const request = { config: sandbox, runtimeHandler: handler };
      const { podSandboxId } = await cri.call<{ podSandboxId: string }>('RunPodSandbox', request);
      onTestFinished(async () => {
        await cri.call('StopPodSandbox', { podSandboxId });
        await cri.call('RemovePodSandbox', { podSandboxId });
      });
      type Answer = { status: { network: { ip: string } } };
      const { ip } = (await cri.call<Answer>('PodSandboxStatus', { podSandboxId })).status.network;
      expect(ip.startsWith(POD_NETWORK)).toBe(true);
      const config = { metadata: { name: 'one' }, image: { image: IMAGE }, linux: { securityContext } };
      const container = { podSandboxId, config, sandboxConfig: sandbox };
      const { containerId } = await cri.call<{ containerId: string }>('CreateContainer', container);
      await cri.call('StartContainer', { containerId });
      const look = { containerId, cmd: ['sh', '-c', 'hostname; ip -4 -o address show dev eth0'], timeout: 30 };
      const [name, address] = String((await cri.call<ExecAnswer>('ExecSync', look)).stdout).split('\n');
      expect({ name, address }).toEqual({ name: 'inside', address: expect.stringContaining(` ${ip}/`) });
    });
  },
);
