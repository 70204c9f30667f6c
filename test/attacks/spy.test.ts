// Root of a container, with every capability, watches for what joins it, and takes all it can of it before it is a program of the container.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CAPABILITIES } from '../../src/spec/capabilities.js';
import { makeBundle, type SpecDraft, setNamespace } from '../support/bundle.js';
import { inUserNamespace } from '../support/idmap.js';
import { newTsrun, type Running, type Tsrun } from '../support/tsrun.js';
import { waitFor } from '../support/wait-for.js';

/** In half of the tries, which is each of two tests. */
const TRIES = process.env.ATTACKS === 'all' ? 500 : 100;

/**
 * With these, and without a user namespace, it may look into every process of the machine (ptrace(2), capabilities(7); the latter two since
 * Linux 6.13).
 */
const OF_THE_MACHINE = ['CAP_SYS_PTRACE', 'CAP_PERFMON', 'CAP_SYS_ADMIN'];

function withCapabilities(without: readonly string[]): (spec: SpecDraft) => void {
  const all = CAPABILITIES.filter((name) => !without.includes(name));
  return (spec) => {
    spec.process.capabilities = { bounding: all, effective: all, permitted: all };
    spec.process.noNewPrivileges = false;
  };
}

interface Spied {
  readonly tsrun: Tsrun;
  readonly id: string;
  readonly pid: number;
  readonly running: Running;
  readonly end: () => Promise<string>;
}

async function startSpy(mutate: NonNullable<Parameters<typeof makeBundle>[0]>['mutate']): Promise<Spied> {
  const tsrun = newTsrun();
  const id = tsrun.newId();
  const bundle = makeBundle({ args: ['/probe', 'spy', '/end'], ...(mutate === undefined ? {} : { mutate }) });
  const running = tsrun.spawn(['run', '--bundle', bundle.path, id]);
  await waitFor('the spy', () => tsrun.state(id)?.status === 'running');
  const end = async () => {
    writeFileSync(join(bundle.rootfs, 'end'), '');
    return (await running.ended).stdout;
  };
  return { tsrun, id, pid: tsrun.state(id)?.pid ?? 0, running, end };
}

function expectNothingCaught(words: string): void {
  expect(words).toMatch(/^seen [1-9]\d*\n$/);
}

describe.each([
  ['without a user namespace', withCapabilities(OF_THE_MACHINE)],
  ['with a user namespace, where it may trace everybody', inUserNamespace(withCapabilities([]))],
])('root of a container %s', (_title, mutate) => {
  test('catches nothing of the processes that exec puts there', async () => {
    const { tsrun, id, end } = await startSpy(mutate);
    for (let turn = 0; turn < TRIES; turn++) tsrun.must(['exec', id, '/probe', 'true']);
    expectNothingCaught(await end());
  });

  test('catches nothing of another container that joins its pid namespace', async () => {
    const { tsrun, pid, end } = await startSpy(mutate);
    const { path } = makeBundle({
      args: ['/probe', 'true'],
      mutate: (spec) => setNamespace(spec, 'pid', `/proc/${pid}/ns/pid`),
    });
    for (let turn = 0; turn < TRIES / 10; turn++) tsrun.must(['run', '--bundle', path, tsrun.newId()]);
    expectNothingCaught(await end());
  });
});

test('a spy that may look into every process of the machine catches some: the others show something', async () => {
  const { tsrun, id, end } = await startSpy(withCapabilities([]));
  for (let turn = 0; turn < 20; turn++) tsrun.must(['exec', id, '/probe', 'true']);
  expect(await end()).toMatch(/^caught /m);
});
