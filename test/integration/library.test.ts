// The library in Node: the verbs as promises, in a process of its own, whose output must be the container's and nothing else.
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { receiveNotifications } from '../support/listener.js';
import { LIBRARY, TSRUN } from '../support/paths.js';
import { hasCgroup, newTsrun, type Tsrun } from '../support/tsrun.js';

/** Runs a module in Node in which `runtime`, `bundle`, `id` and `TsrunError` are there; answers what it gives to `answer`. */
function runModule(tsrun: Tsrun, body: string, values: { bundle: string; id: string }) {
  const script = `
    import { Runtime, TsrunError } from ${JSON.stringify(LIBRARY)};
    import { writeFileSync } from 'node:fs';
    const { bundle, id } = ${JSON.stringify(values)};
    const runtime = new Runtime({ root: ${JSON.stringify(tsrun.root)} });
    const answer = (value) => writeFileSync(2, JSON.stringify(value) ?? 'null');
    const failure = async (promise) => {
      try {
        await promise;
      } catch (error) {
        return { isTsrunError: error instanceof TsrunError, code: error.code, message: error.message };
      }
    };
    ${body}`;
  const { status, stdout, stderr } = tsrun.execute(process.execPath, ['--input-type=module', '-e', script]);
  return { status, stdout, answer: stderr };
}

describe('the library', () => {
  test('takes a container through its life', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] }).path;
    const { status, stdout, answer } = runModule(
      tsrun,
      `const seen = [];
      const look = async () => seen.push((await runtime.state(id)).status);
      seen.push(await runtime.create(id, { bundle }));
      await look();
      await runtime.start(id);
      await look();
      seen.push((await runtime.list()).containers.map((container) => container.id));
      await runtime.kill(id, 'KILL');
      while ((await runtime.state(id)).status !== 'stopped');
      await look();
      await runtime.delete(id);
      seen.push((await runtime.list()).containers);
      answer(seen);`,
      { bundle, id },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(JSON.parse(answer)).toEqual([{ warnings: [] }, 'created', 'running', [id], 'stopped', []]);
    expect(hasCgroup(id)).toBe(false);
  });

  test('executes programs in a container, from arguments or a whole process, and says why it cannot', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] }).path;
    const { status, stdout, answer } = runModule(
      tsrun,
      `const seen = [];
      await runtime.run(id, { bundle, detach: true });
      seen.push(await runtime.exec(id, ['/probe', 'exit', '7']));
      seen.push(await runtime.exec(id, { args: ['/probe', 'echo', 'said'], cwd: '/' }, { env: ['A=1'] }));
      seen.push(await runtime.exec(id, ['/probe', 'sleep', '600'], { detach: true, capabilities: ['CAP_FLY'] }));
      seen.push((await runtime.processes(id)).length);
      seen.push(await failure(runtime.exec(id, ['/absent'])));
      seen.push(await failure(runtime.exec(id, { args: [], cwd: 'here', env: 3 })));
      seen.push(await failure(runtime.exec(id, [])));
      answer(seen);`,
      { bundle, id },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'said\n' });
    const isTsrunError = true;
    const absent = `cannot exec in container "${id}": exec: "/absent": no such file or directory`;
    expect(JSON.parse(answer)).toEqual([
      { status: 7, warnings: [] },
      { status: 0, warnings: [] },
      { status: 0, warnings: ['capabilities.bounding: unknown capability "CAP_FLY" is ignored'] },
      2,
      { isTsrunError, code: 'HELPER_FAILED', message: absent },
      {
        isTsrunError,
        code: 'SPEC_INVALID',
        message: 'invalid process: env: found 3, must be an array',
      },
      {
        isTsrunError,
        code: 'SPEC_INVALID',
        message: 'invalid process: args: a container needs a program to run',
      },
    ]);
  });

  test('pauses, resumes and updates a container, and says why it cannot', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] }).path;
    const { status, stdout, answer } = runModule(
      tsrun,
      `const depth = (value) => ({ unified: { 'cgroup.max.depth': value } });
      const seen = [await runtime.run(id, { bundle, detach: true }), await runtime.pause(id)];
      seen.push((await runtime.state(id)).status, await runtime.update(id, depth('5'), { dryRun: true }));
      seen.push((await Promise.all([runtime.update(id, depth('5')), runtime.update(id, depth('6'))])).length);
      seen.push(await runtime.resume(id), (await runtime.state(id)).status);
      const failures = [runtime.resume(id), runtime.update(id, depth('deep')), runtime.update(id, { pids: { limit: 'x' } })];
      for (const promise of failures.map(failure)) seen.push((await promise)?.code);
      await runtime.delete(id, { force: true });
      answer(seen);`,
      { bundle, id },
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    const changes = [{ file: 'cgroup.max.depth', from: 'max', to: '5' }];
    expect(JSON.parse(answer)).toEqual([
      { status: 0, warnings: [] },
      { warnings: [] },
      'paused',
      { changes, warnings: [] },
      2,
      { warnings: [] },
      'running',
      'CONTAINER_STATUS',
      'HELPER_FAILED',
      'SPEC_INVALID',
    ]);
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });

  test('runs a container and answers its exit status', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['/probe', 'exit', '42'] }).path;
    const { stdout, answer } = runModule(tsrun, 'answer(await runtime.run(id, { bundle }));', { bundle, id });
    expect({ stdout, answer: JSON.parse(answer) }).toEqual({ stdout: '', answer: { status: 42, warnings: [] } });
    expect(tsrun.leftovers()).toEqual([]);
  });

  test("passes the container's output through and adds nothing", () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['/probe', 'echo', 'said'] }).path;
    expect(runModule(tsrun, 'await runtime.run(id, { bundle });', { bundle, id })).toEqual({
      status: 0,
      stdout: 'said\n',
      answer: '',
    });
  });

  test('answers warnings instead of printing them', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({
      args: ['/probe', 'true'],
      mutate: (spec) => {
        spec.hooks = { poststop: [{ path: '/bin/false' }] };
      },
    }).path;
    const { answer } = runModule(tsrun, 'answer(await runtime.run(id, { bundle }));', { bundle, id });
    expect(JSON.parse(answer)).toEqual({ status: 0, warnings: ['run the poststop hook "/bin/false": exit status 1'] });
  });

  test('rejects with a TsrunError whose code says what it is', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const bundle = makeBundle({ args: ['absent'] }).path;
    const { stdout, answer } = runModule(
      tsrun,
      `answer([
        await failure(runtime.create('../x', { bundle })),
        await failure(runtime.create(id, { bundle: '/absent' })),
        await failure(runtime.create(id, { bundle })),
        await failure(runtime.start(id)),
        await failure(runtime.kill(id, 'NONSENSE')),
        await failure(runtime.delete(id)),
      ].map((error) => [error.isTsrunError, error.code]));`,
      { bundle, id },
    );
    expect(stdout).toBe('');
    expect(JSON.parse(answer)).toEqual([
      [true, 'USAGE'],
      [true, 'IO'],
      [true, 'HELPER_FAILED'],
      [true, 'CONTAINER_NOT_FOUND'],
      [true, 'USAGE'],
      [true, 'CONTAINER_NOT_FOUND'],
    ]);
    expect(tsrun.leftovers()).toEqual([]);
    expect(hasCgroup(id)).toBe(false);
  });

  test('is content to delete by force what is not there', () => {
    const tsrun = newTsrun();
    const { answer } = runModule(tsrun, 'answer(await runtime.delete(id, { force: true }));', {
      bundle: '',
      id: 'absent',
    });
    expect(JSON.parse(answer)).toEqual({ warnings: [] });
  });

  test('answers the plan of a bundle', () => {
    const tsrun = newTsrun();
    const bundle = makeBundle().path;
    const { answer } = runModule(
      tsrun,
      'const { plan } = await runtime.plan(bundle, { id }); answer(Object.keys(plan.sections));',
      { bundle, id: 'x' },
    );
    expect(JSON.parse(answer)).toEqual(['create', 'start', 'teardown']);
  });

  test('tells the socket that it is given of the readiness of a container, and never that of its own process', async () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const listener = await receiveNotifications();
    const bundle = makeBundle({ args: ['/probe', 'notify', '-', '3600', 'READY=1'] }).path;
    const { status, answer } = runModule(
      tsrun,
      `process.env.NOTIFY_SOCKET = '/absent';
      const notifySocket = ${JSON.stringify(listener.address)};
      const seen = [await runtime.create(id, { bundle, notifySocket }), await runtime.start(id, { notifySocket })];
      await runtime.delete(id, { force: true });
      seen.push(await runtime.run(id, { bundle, detach: true }));
      answer(seen);`,
      { bundle, id },
    );
    const warnings: string[] = [];
    expect({ status, seen: JSON.parse(answer) }).toEqual({
      status: 0,
      seen: [{ warnings }, { warnings }, { warnings, status: 0 }],
    });
    expect(listener.messages().map(({ text }) => text.replace(/\d{2,}/, 'PID'))).toEqual([
      ...['READY=1', 'MAINPID=PID', 'BARRIER=1'],
    ]);
  });

  test.each(['create', 'run'])('leaves nothing when the helper of %s is killed', (verb) => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    // The helper is the parent of the hook.
    const hooks = {
      createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'cat >/dev/null; kill -KILL $PPID; exec sleep 60'] }],
    };
    const bundle = makeBundle({ mutate: (spec) => Object.assign(spec, { hooks }) }).path;
    const { status, answer } = runModule(tsrun, `answer(await failure(runtime.${verb}(id, { bundle })));`, {
      bundle,
      id,
    });
    expect(status).toBe(0);
    expect(JSON.parse(answer)).toMatchObject({ isTsrunError: true, code: 'HELPER_DIED' });
    expect({ left: tsrun.leftovers(), cgroup: hasCgroup(id) }).toEqual({ left: [], cgroup: false });
  });

  test('is not killed by a delete --force of what it is creating', () => {
    const tsrun = newTsrun();
    const id = tsrun.newId();
    const forced = `cat >/dev/null; ${TSRUN} --root ${tsrun.root} delete --force ${id} >/dev/null 2>&1 & sleep 1`;
    const hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', forced] }] };
    const bundle = makeBundle({ mutate: (spec) => Object.assign(spec, { hooks }) }).path;
    const { status, answer } = runModule(tsrun, 'answer(await failure(runtime.create(id, { bundle })));', {
      bundle,
      id,
    });
    expect({ status, rejected: JSON.parse(answer).isTsrunError }).toEqual({ status: 0, rejected: true });
    expect({ left: tsrun.leftovers(), cgroup: hasCgroup(id) }).toEqual({ left: [], cgroup: false });
  });
});
