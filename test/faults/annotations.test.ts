// What crun's annotations add to a create, its system calls failing one by one: files for hooks, a cgroup below, a filter, a pidfd for somebody.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeTemporary } from '../support/temporary.js';
import { Rig, sample } from './rig.js';

const TSRUN = 0;
/** PR_SET_DUMPABLE, with which the helper's own part begins. */
const HELPER_BEGINS = 'prctl 4';
const { EPERM, ENOMEM, EIO, EINVAL, ENOSYS, ENOSPC, EBUSY } = constants.errno;
const ERRORS = [EPERM, ENOMEM, EIO, EINVAL, ENOSYS, ENOSPC, EBUSY];

/** Somebody who takes connections and says nothing. */
async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.resume().on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return server;
}

test('create either does what the annotations ask for or says what is wrong and leaves nothing', async () => {
  const directory = makeTemporary();
  const output = join(directory, 'out');
  const receiver = join(directory, 'receiver.sock');
  await listen(receiver);
  const rig = new Rig(undefined, (spec) => {
    spec.annotations = {
      'run.oci.hooks.stdout': output,
      'run.oci.hooks.stderr': output,
      'run.oci.delegate-cgroup': 'payload',
      'run.oci.pidfd_receiver': receiver,
      'run.oci.seccomp_bpf_data': 'BgAAAAAA/38=',
    };
    spec.hooks = {
      createRuntime: [{ path: '/bin/echo', args: ['echo', 'ran'] }],
      startContainer: [{ path: '/probe', args: ['probe', 'true'] }],
    };
    // So the filter is loaded by create.
    spec.process.noNewPrivileges = false;
  });
  const calls = rig.record(TSRUN, rig.createArguments());
  rig.must('delete', '--force', rig.id);
  const first = calls.lastIndexOf(HELPER_BEGINS);
  const problems: string[] = [];
  for (const [turn, offset] of sample(calls.length - first, 4).entries()) {
    const error = ERRORS[turn % ERRORS.length] ?? EIO;
    const outcome = rig.inflict({ process: TSRUN, index: first + offset }, error, rig.createArguments());
    const what = `call ${first + offset}, ${outcome.hit}, errno ${error}`;
    try {
      if (outcome.status === 0) {
        const { pid } = rig.init();
        expect(readFileSync(`/proc/${pid}/status`, 'utf8'), what).toMatch(/^Seccomp:\t2$/m);
        expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), what).toMatch(/^0::.*\/payload$/m);
        expect(existsSync(output), what).toBe(true);
      } else {
        rig.expectWorded(outcome, what);
        if (!outcome.stderr.includes('cleaning up failed too')) await rig.expectNothingLeft(what);
      }
      await rig.expectDeletable(what);
    } catch (failure) {
      rig.call('delete', '--force', rig.id);
      problems.push(String(failure));
    }
  }
  expect(problems).toEqual([]);
}, 240_000);
