// SCMP_ACT_NOTIFY: who decides about system calls of a container outside of it.
import { chownSync, rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Seccomp } from '../../src/spec/types.js';
import { makeBundle, setNamespace } from '../support/bundle.js';
import { startHost } from '../support/exec.js';
import { type Listener, superviseCalls } from '../support/listener.js';
import { numberOf, tryUnder, withSeccomp } from '../support/seccomp.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const E2BIG = 7;
const GETPPID = numberOf('getppid');

const notifying = ({ address }: Listener, names: readonly string[], change: Partial<Seccomp> = {}): Seccomp => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  listenerPath: address,
  syscalls: [{ names: [...names], action: 'SCMP_ACT_NOTIFY' }],
  ...change,
});

const bundleOf = (seccomp: Seccomp, noNewPrivileges: boolean, args: readonly string[] = ['call', GETPPID]) =>
  makeBundle(withSeccomp(seccomp, { noNewPrivileges, args: ['/probe', ...args] }));

/** Starts `tsrun run`, as the agent of this very process has to answer while it goes on. */
async function run(tsrun: Tsrun, seccomp: Seccomp, noNewPrivileges: boolean, args?: readonly string[]) {
  const bundle = bundleOf(seccomp, noNewPrivileges, args);
  return await tsrun.spawn(['run', '--bundle', bundle.path, tsrun.newId()]).ended;
}

describe.each([true, false])('with noNewPrivileges %s an agent', (noNewPrivileges) => {
  test('answers the calls that it is notified of', async () => {
    const agent = await superviseCalls(GETPPID, E2BIG);
    const outcome = await run(newTsrun(), notifying(agent, ['getppid']), noNewPrivileges);
    expect(outcome).toMatchObject({ status: 0, stdout: 'E2BIG\n', stderr: '' });
    expect(await agent.ended).toBe(0);
    expect(agent.messages().slice(1)).toEqual([{ text: `call ${GETPPID}`, pids: [] }]);
  });

  test('is told the state of the process when the container is created, before start', async () => {
    const tsrun = newTsrun();
    const agent = await superviseCalls(GETPPID, E2BIG);
    const id = tsrun.newId();
    const bundle = makeBundle(
      withSeccomp(notifying(agent, ['getppid'], { listenerMetadata: 'for "you"' }), {
        noNewPrivileges,
        args: ['/probe', 'call', GETPPID],
        mutate: (spec) => {
          spec.annotations = { 'org.example': 'x' };
        },
      }),
    );
    tsrun.must(['create', '--bundle', bundle.path, id]);
    await waitFor('the state', () => agent.messages().length > 0);
    const pid = tsrun.state(id)?.pid;
    expect(JSON.parse(agent.messages()[0]?.text ?? '')).toEqual({
      ociVersion: '1.3.0',
      fds: ['seccompFd'],
      pid,
      metadata: 'for "you"',
      state: {
        ociVersion: '1.3.0',
        id,
        status: 'creating',
        pid,
        bundle: bundle.path,
        annotations: { 'org.example': 'x' },
      },
    });
    expect(agent.messages()[0]?.pids).toHaveLength(1);
    tsrun.must(['delete', '--force', id]);
    expect(await agent.ended).toBe(0);
  });

  test('may be notified of calls that tsrun itself still has to do', async () => {
    const agent = await superviseCalls(GETPPID, E2BIG);
    const names = ['sendmsg', 'recvmsg', 'ppoll', 'close', 'openat', 'prctl', 'execve', 'getppid'];
    const outcome = await run(newTsrun(), notifying(agent, names), noNewPrivileges);
    expect(outcome).toMatchObject({ status: 0, stdout: 'E2BIG\n' });
    const calls = agent.messages().map(({ text }) => text);
    expect(calls).toContain(`call ${numberOf('execve')}`);
  });

  test.each([
    [['SECCOMP_FILTER_FLAG_TSYNC']],
    [['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']],
    [['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']],
  ] as const)('may be had with the flags %j', async (flags) => {
    const agent = await superviseCalls(GETPPID, E2BIG);
    const outcome = await run(newTsrun(), notifying(agent, ['getppid'], { flags: [...flags] }), noNewPrivileges);
    expect(outcome).toMatchObject({ status: 0, stdout: 'E2BIG\n' });
  });
});

test('a container in a user namespace has an agent too', async () => {
  const agent = await superviseCalls(GETPPID, E2BIG);
  const tsrun = newTsrun();
  const bundle = makeBundle(
    withSeccomp(notifying(agent, ['getppid']), {
      noNewPrivileges: false,
      args: ['/probe', 'call', GETPPID],
      mutate: (spec, { rootfs }) => {
        setNamespace(spec, 'user');
        spec.linux.uidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        spec.linux.gidMappings = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
        chownSync(rootfs, 100_000, 100_000);
      },
    }),
  );
  const outcome = await tsrun.spawn(['run', '--bundle', bundle.path, tsrun.newId()]).ended;
  expect(outcome).toMatchObject({ status: 0, stdout: 'E2BIG\n', stderr: '' });
});

test('without an agent at the socket nothing is created, and the error says so', () => {
  const { status, stderr } = tryUnder(notifying({ address: '/run/no-agent.sock' } as Listener, ['getppid']), ['true']);
  expect(status).toBe(1);
  expect(stderr).toContain('connect to the seccomp agent at "/run/no-agent.sock"');
  expect(stderr).toContain('ENOENT');
  expect(stderr).toContain('hint: an agent has to listen there');
});

test('an exec has an agent of its own connection, which is told both processes', async () => {
  const first = await superviseCalls(GETPPID, E2BIG);
  const host = startHost(withSeccomp(notifying(first, ['getppid']), { args: ['/probe', 'sleep', '3600'] }));
  // The socket of the first has had its one peer; the second takes its place.
  const second = await takePlace(first);
  const { tsrun, id } = host;
  const outcome = await tsrun.spawn(['exec', id, '/probe', 'call', GETPPID]).ended;
  expect(outcome).toMatchObject({ status: 0, stderr: '', stdout: 'EINTR\n' });
  const { pid, state } = JSON.parse(second.messages()[0]?.text ?? '');
  expect(state).toMatchObject({ id, status: 'running', pid: host.pid });
  expect(pid).not.toBe(host.pid);
});

async function takePlace({ address }: Listener): Promise<Listener> {
  rmSync(address);
  return await superviseCalls(GETPPID, 4, address);
}

test('a listener that nobody is notified through is not asked for', () => {
  const seccomp: Seccomp = { defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/no-agent.sock' };
  expect(tryUnder(seccomp, ['true'])).toMatchObject({ status: 0, stderr: '' });
});
