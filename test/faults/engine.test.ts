// An engine that fails in words of its own: the caller reads one line, and all of it with --debug.
import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { type FaultyOutcome, Rig } from './rig.js';

const ENGINE = 1;
const { EMFILE, ENOMEM } = constants.errno;

/** `list`, in which the first call of that name fails in the engine. */
function failing(call: string, error: number, flags: readonly string[] = []): FaultyOutcome {
  const rig = new Rig();
  const args = [...flags, 'list'];
  const index = rig.record(ENGINE, args).indexOf(call) + 1;
  expect(index).toBeGreaterThan(0);
  return rig.inflict({ process: ENGINE, index }, error, args);
}

test('an engine that gives up is told of in one line', () => {
  const { status, stderr, hit } = failing('epoll_create1', EMFILE);
  expect({ status, hit }).toEqual({ status: 1, hit: 'epoll_create1' });
  expect(stderr).toMatch(/^tsrun: the engine failed: .*\n$/);
});

test('an engine that aborts is told of in one line', () => {
  const { status, stderr } = failing('futex', ENOMEM);
  expect(status).toBe(128 + constants.signals.SIGABRT);
  expect(stderr).toBe('tsrun: the engine was killed by SIGABRT\n');
});

test('an engine that aborts says everything with --debug', () => {
  const { stderr } = failing('futex', ENOMEM, ['--debug']);
  expect(stderr.split('\n').length).toBeGreaterThan(5);
  expect(stderr).toMatch(/tsrun: the engine was killed by SIGABRT\n$/);
});

test('a loader that cannot load the engine is told of in one line', () => {
  const { status, stderr } = failing('arch_prctl', ENOMEM);
  expect(status).toBe(127);
  expect(stderr).toMatch(/^tsrun: the engine failed: cannot .*\n$/);
});
