// pause and resume: nothing of the container runs in between, and it can be ended all the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type BundleOptions, makeBundle, shareNamespace } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { hasCgroup, newTsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

const DONE = { status: 0, stdout: '', stderr: '' };

function run(options: BundleOptions = {}, verb: readonly string[] = ['run', '--detach']) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({ args: ['/probe', 'sleep', '600'], ...options });
  tsrun.must([...verb, '--bundle', bundle.path, id]);
  return { tsrun, id, status: () => tsrun.state(id)?.status, call: (...args: string[]) => tsrun.call([...args, id]) };
}

/** How often a process has gone to sleep by itself, proc_pid_status(5). */
function sleepsOf(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

describe('pause', () => {
  test('stops every process until resume', async () => {
    const { tsrun, id, status, call } = run({ args: ['/probe', 'tick', '60'] });
    const pid = tsrun.state(id)?.pid ?? 0;
    await waitFor('the program to run', () => sleepsOf(pid) > 5);
    expect(call('pause')).toMatchObject(DONE);
    expect(status()).toBe('paused');
    const before = sleepsOf(pid);
    await sleep(200);
    expect(sleepsOf(pid)).toBe(before);
    expect(call('resume')).toMatchObject(DONE);
    expect(status()).toBe('running');
    await waitFor('the program to go on', () => sleepsOf(pid) > before);
  });

  test('is told by state with the pid, and by list', () => {
    const { tsrun, id, call } = run();
    const { pid } = tsrun.state(id) ?? {};
    call('pause');
    expect(tsrun.state(id)).toMatchObject({ status: 'paused', pid });
    expect(tsrun.must(['list']).stdout).toMatch(new RegExp(`^${id} +${pid} +paused `, 'm'));
  });

  test('of a created container holds start until resume', async () => {
    const { tsrun, id, status, call } = run({}, ['create']);
    expect(call('pause')).toMatchObject(DONE);
    expect(status()).toBe('paused');
    expect(call('start').status).toBe(1);
    expect(call('resume')).toMatchObject(DONE);
    expect(status()).toBe('created');
    tsrun.must(['start', id]);
    expect(status()).toBe('running');
  });

  test('can be done again and again', () => {
    const { status, call } = run();
    for (let round = 0; round < 5; round++) {
      expect(call('pause')).toMatchObject(DONE);
      expect(call('resume')).toMatchObject(DONE);
    }
    expect(status()).toBe('running');
  });

  test.each(['KILL', '9'])('does not save the container from kill %s', async (signal) => {
    const { tsrun, id, status, call } = run();
    call('pause');
    expect(tsrun.call(['kill', id, signal])).toMatchObject(DONE);
    await waitFor('its end', () => status() === 'stopped');
    expect(call('delete')).toMatchObject(DONE);
    expect(hasCgroup(id)).toBe(false);
  });

  test('does not save it where its pid namespace is the host’s', async () => {
    const { tsrun, id, status, call } = run({
      args: ['/probe', 'fork-sleep'],
      mutate: (spec) => shareNamespace(spec, 'pid'),
    });
    const processes = () =>
      readFileSync(join(cgroupRoot(), id, 'cgroup.procs'), 'utf8')
        .trim()
        .split('\n').length;
    await waitFor('the child', () => processes() === 2);
    call('pause');
    expect(tsrun.call(['kill', '--all', id, 'KILL'])).toMatchObject(DONE);
    await waitFor('its end', () => status() === 'stopped');
  });

  test('holds other signals back until resume', async () => {
    const { tsrun, id, status, call } = run({ args: ['/probe', 'exit-on-signal'] });
    const pid = tsrun.state(id)?.pid ?? 0;
    await waitFor('the handler', () => /^SigCgt:\s+0*[1-9a-f]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    call('pause');
    expect(tsrun.call(['kill', id, 'TERM'])).toMatchObject(DONE);
    await sleep(100);
    expect(status()).toBe('paused');
    call('resume');
    await waitFor('its end', () => status() === 'stopped');
  });

  test('is refused delete, and not delete --force', () => {
    const { tsrun, id, call } = run();
    call('pause');
    expect(call('delete')).toMatchObject({
      status: 1,
      stderr: `tsrun: cannot delete container "${id}" that is not stopped: paused\nhint: "tsrun delete --force ${id}" kills and deletes it\n`,
    });
    expect(call('delete', '--force')).toMatchObject(DONE);
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });

  test.each([
    ['pause', [], 'cannot pause container', 'container not running or created', 'paused'],
    ['resume', ['resume'], 'cannot resume container', 'container not paused', 'running'],
  ] as const)('%s of a container that is so already is refused', (verb, first, words, reason, present) => {
    const { id, call } = run();
    call('pause');
    for (const step of first) call(step);
    expect(call(verb)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `tsrun: ${words} "${id}": ${reason}\nhint: its status is ${present}\n`,
    });
  });

  test.each(['pause', 'resume'])('%s of a stopped container is refused', async (verb) => {
    const { status, call } = run({ args: ['/probe', 'true'] });
    await waitFor('its end', () => status() === 'stopped');
    const { status: code, stderr } = call(verb);
    expect(code).toBe(1);
    expect(stderr).toMatch(/: container not .*\nhint: its status is stopped\n$/);
  });

  test.each(['pause', 'resume'])('%s of no container is refused', (verb) => {
    expect(newTsrun().call([verb, 'none'])).toMatchObject({
      status: 1,
      stderr: 'tsrun: container "none" does not exist\n',
    });
  });
});
