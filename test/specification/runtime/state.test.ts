// runtime.md, "State".
import { readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute } from 'node:path';
import { describe, expect } from 'vitest';
import { type ContainerState, newTsrun } from '../../support/tsrun.js';
import { waitFor } from '../../support/wait-for.js';
import { bundleOf, type Created, create, SLEEPS, start } from '../container.js';
import { shows } from '../shows.js';

const SEMVER = /^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/;

/** What schema/state-schema.json says, and of the status what runtime.md says: further ones are allowed for new states. */
function expectSchema(state: ContainerState, status: string): void {
  expect(state.ociVersion).toMatch(SEMVER);
  expect(state.id).toBeTypeOf('string');
  expect(state.status).toBe(status);
  if (status !== 'stopped') expect(state.pid).toBeGreaterThan(0);
  expect(isAbsolute(state.bundle)).toBe(true);
  for (const value of Object.values(state.annotations ?? {})) expect(value).toBeTypeOf('string');
}

function stopped(): Created {
  const created = start();
  created.runtime.must(['kill', created.id, 'KILL']);
  return created;
}

describe('runtime.md, State', () => {
  shows(['state-schema', 'state-status', 'query-state'], 'adheres to the schema in every status', async () => {
    expectSchema(create().state(), 'created');
    expectSchema(start().state(), 'running');
    const { state } = stopped();
    await waitFor('the container to stop', () => state().status === 'stopped');
    expectSchema(state(), 'stopped');
  });

  shows(['state-oci-version', 'state-id', 'query-state'], 'has version, id and annotations of the container', () => {
    const annotations = { 'org.example.empty': '', 'org.example.text': 'ü "quoted" \\' };
    const { id, state } = create({ mutate: (spec) => Object.assign(spec, { annotations }) });
    expect(state()).toMatchObject({ id, annotations });
    expect(state().ociVersion).toMatch(SEMVER);
  });

  shows(['state-pid'], 'has the pid of the container process as the host sees it', () => {
    const { id, state, runtime } = create();
    const { pid } = state();
    runtime.must(['start', id]);
    expect(state().pid).toBe(pid);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('/probe\0sleep\x00600\0');
  });

  shows(['state-bundle'], 'has the absolute path of a bundle that was given relative', () => {
    const runtime = newTsrun();
    const id = runtime.newId();
    const { path } = bundleOf(SLEEPS);
    runtime.must(['create', '--bundle', basename(path), id], { cwd: dirname(path) });
    expect(runtime.state(id)?.bundle).toBe(path);
  });

  shows(['state-status'], 'is stopped when the process has ended by itself', async () => {
    const { state } = start({ args: ['/probe', 'exit', '3'] });
    await waitFor('the container to stop', () => state().status === 'stopped');
  });
});
