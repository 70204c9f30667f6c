// Containers whose end is made hard, and cgroups that are there already: delete --force ends them in ten seconds, or says who is in the way and can be
// repeated; create takes only what is nobody's.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cgroupRoot, isAlive } from '../support/host.js';
import { waitFor } from '../support/wait-for.js';
import { Rig } from './rig.js';

const PATIENCE = 10_000;

async function expectQuickEnd(rig: Rig, what: string): Promise<void> {
  const begin = performance.now();
  await rig.expectDeletable(what);
  expect(performance.now() - begin, what).toBeLessThan(PATIENCE);
}

function start(rig: Rig): string {
  rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
  return join(cgroupRoot(), rig.id);
}

/** A process of the host's, which ends with the test. */
function newProcess(cwd: string): number {
  const child = spawn('/bin/sleep', ['60'], { cwd, stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child.pid ?? 0;
}

describe('delete --force of a container', () => {
  test('in whose rootfs a process of the host stands succeeds, and leaves that one alone', async () => {
    const rig = new Rig();
    start(rig);
    const other = newProcess(rig.bundle.rootfs);
    await expectQuickEnd(rig, 'cwd');
    expect(isAlive(other)).toBe(true);
  });

  test('in which mounts are mounted on mounts succeeds', async () => {
    const rig = new Rig(undefined, (spec) => {
      for (let depth = 1; depth <= 30; depth++)
        spec.mounts.push({ destination: `/nested${'/a'.repeat(depth)}`, type: 'tmpfs', source: 'tmpfs' });
    });
    start(rig);
    await expectQuickEnd(rig, 'nested mounts');
  });

  test('that is frozen succeeds', async () => {
    const rig = new Rig();
    const cgroup = start(rig);
    writeFileSync(join(cgroup, 'cgroup.freeze'), '1');
    await waitFor('the freezer', () => readFileSync(join(cgroup, 'cgroup.events'), 'utf8').includes('frozen 1'));
    await expectQuickEnd(rig, 'frozen');
  });

  test('whose program ignores SIGTERM succeeds, and kill TERM alone does not end it', async () => {
    const rig = new Rig();
    start(rig);
    const { pid } = rig.init();
    rig.must('kill', rig.id, 'TERM');
    expect(isAlive(pid)).toBe(true);
    expect(rig.expectValidState('TERM')).toBe('running');
    await expectQuickEnd(rig, 'TERM');
  });

  test('whose processes fork for as long as they may succeeds', async () => {
    const rig = new Rig(['/probe', 'fork-many', '300']);
    start(rig);
    await expectQuickEnd(rig, 'forks');
  });

  test('with many cgroups below its own, some of them with processes, frozen or threaded, succeeds', async () => {
    const rig = new Rig();
    const cgroup = start(rig);
    for (let path = join(cgroup, 'deep'), depth = 0; depth < 12; depth++, path = join(path, 'deep')) mkdirSync(path);
    for (let index = 0; index < 50; index++) mkdirSync(join(cgroup, `wide${index}`));
    const threaded = join(cgroup, 'threaded');
    mkdirSync(join(threaded, 'inner'), { recursive: true });
    writeFileSync(join(threaded, 'cgroup.type'), 'threaded');
    writeFileSync(join(threaded, 'inner', 'cgroup.type'), 'threaded');
    const { pid } = rig.init();
    rig.must('exec', '--detach', rig.id, '/probe', 'sleep', '60');
    const others = readFileSync(join(cgroup, 'cgroup.threads'), 'utf8').trim().split('\n').map(Number);
    const other = others.find((each) => each !== pid);
    writeFileSync(join(threaded, 'inner', 'cgroup.threads'), String(other));
    writeFileSync(join(threaded, 'inner', 'cgroup.freeze'), '1');
    await expectQuickEnd(rig, 'threaded');
    expect(isAlive(other ?? 0)).toBe(false);
  });

  test('whose init is traced, and stopped by that, succeeds', async () => {
    const rig = new Rig();
    start(rig);
    const { pid } = rig.init();
    const tracer = spawn('strace', ['-qq', '-o', '/dev/null', '-p', String(pid)], { stdio: 'ignore' });
    onTestFinished(() => void tracer.kill('SIGKILL'));
    await waitFor('the tracer', () => /^TracerPid:\s+[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    tracer.kill('SIGSTOP');
    const { status, stderr } = rig.call('delete', '--force', rig.id);
    if (status !== 0) expect(stderr).toMatch(/^tsrun: .*process(es)? /);
    tracer.kill('SIGKILL');
    await waitFor('init to end', () => !isAlive(pid) || rig.call('delete', '--force', rig.id).status === 0);
    await expectQuickEnd(rig, 'traced');
  });
});

describe('a cgroup of the same name', () => {
  /** Made before the container, as somebody's whose container it was. */
  function makeCgroup(rig: Rig): string {
    const cgroup = join(cgroupRoot(), rig.id);
    mkdirSync(cgroup);
    onTestFinished(async () => {
      await waitFor('the cgroup to go', () => !existsSync(cgroup) || tryRemove(cgroup));
    });
    return cgroup;
  }

  function tryRemove(cgroup: string): boolean {
    for (const name of readdirSync(cgroup, { withFileTypes: true }))
      if (name.isDirectory()) tryRemove(join(cgroup, name.name));
    try {
      rmdirSync(cgroup);
      return true;
    } catch {
      return false;
    }
  }

  test('that is empty is taken', async () => {
    const rig = new Rig();
    makeCgroup(rig);
    rig.create();
    await rig.expectDeletable('empty');
  });

  test.each(['', 'below'])('with a process, in "%s" of it, is refused, and its pid told', async (below) => {
    const rig = new Rig();
    const cgroup = makeCgroup(rig);
    const place = join(cgroup, below);
    mkdirSync(place, { recursive: true });
    const pid = newProcess('/');
    writeFileSync(join(place, 'cgroup.procs'), String(pid));
    const outcome = rig.call(...rig.createArguments());
    rig.expectWorded(outcome, 'populated');
    expect(outcome.stderr).toContain('it has processes already');
    if (below === '') expect(outcome.stderr).toContain(`(${pid})`);
    expect(rig.call('delete', '--force', rig.id)).toMatchObject({ status: 0, stderr: '' });
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  test('that is frozen is refused', async () => {
    const rig = new Rig();
    const cgroup = makeCgroup(rig);
    writeFileSync(join(cgroup, 'cgroup.freeze'), '1');
    const outcome = rig.call(...rig.createArguments());
    rig.expectWorded(outcome, 'frozen');
    expect(outcome.stderr).toContain('it is frozen');
    expect(existsSync(cgroup)).toBe(true);
    expect(readFileSync(join(cgroup, 'cgroup.freeze'), 'utf8')).toBe('1\n');
    writeFileSync(join(cgroup, 'cgroup.freeze'), '0');
  });
});
