// The front answers state, kill and start by itself in the plain case: it must say what the engine would. `--debug` is a flag that it leaves
// to the engine, and changes nothing about a success.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { cgroupRoot } from '../support/host.js';
import { newTsrun, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** What the front and the engine say about one container. */
function bothStates(tsrun: Tsrun, id: string): { front: string; engine: string } {
  return { front: tsrun.must(['state', id]).stdout, engine: tsrun.must(['--debug', 'state', id]).stdout };
}

function createContainer(annotations: Record<string, string> = {}) {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({
    args: ['/probe', 'sleep', '600'],
    mutate: (spec) => Object.assign(spec, { annotations }),
  });
  tsrun.must(['create', '--bundle', bundle.path, id]);
  return { tsrun, id };
}

function expectAgreement(tsrun: Tsrun, id: string, status: string): void {
  const { front, engine } = bothStates(tsrun, id);
  expect(front).toBe(engine);
  expect(JSON.parse(front)).toMatchObject({ id, status });
}

describe('state', () => {
  test('is the same from the front and from the engine in every status', async () => {
    const { tsrun, id } = createContainer({ 'a.b': '"status": "stopped" %PID% %STATUS%' });
    expectAgreement(tsrun, id, 'created');
    tsrun.must(['start', id]);
    expectAgreement(tsrun, id, 'running');
    const freezer = join(cgroupRoot(), id, 'cgroup.freeze');
    writeFileSync(freezer, '1');
    await waitFor('the freezer', () => tsrun.state(id)?.status === 'paused');
    expectAgreement(tsrun, id, 'paused');
    writeFileSync(freezer, '0');
    tsrun.must(['kill', id, 'KILL']);
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    expectAgreement(tsrun, id, 'stopped');
  });

  test('is answered by the engine where the summary is missing', () => {
    const { tsrun, id } = createContainer();
    rmSync(join(tsrun.root, id, 'summary'));
    expectAgreement(tsrun, id, 'created');
  });
});

describe('start', () => {
  test.each([[[]], [['--debug']]])('with %j lets a created container run', (flags) => {
    const { tsrun, id } = createContainer();
    tsrun.must([...flags, 'start', id]);
    expect(tsrun.state(id)?.status).toBe('running');
    expect(tsrun.call([...flags, 'start', id])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot start an already running container'),
    });
  });
});

describe('kill', () => {
  test.each([[[]], [['--debug']]])('with %j ends a container and refuses a stopped one', async (flags) => {
    const { tsrun, id } = createContainer();
    tsrun.must([...flags, 'kill', id, 'KILL']);
    await waitFor('its end', () => tsrun.state(id)?.status === 'stopped');
    expect(tsrun.call([...flags, 'kill', id, 'KILL'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('container not running'),
    });
  });
});
