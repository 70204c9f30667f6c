// config.md, "Linux Process".
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { newTsrun } from '../../support/tsrun.js';
import { bundleOf, report, run } from '../container.js';
import { shows } from '../shows.js';

/** capabilities(7): bits of a set as /proc/PID/status shows them. */
const bits = (...numbers: number[]) => numbers.reduce((sum, number) => sum | (1n << BigInt(number)), 0n);
const KILL = 5;
const NET_BIND_SERVICE = 10;

describe('config.md, Linux Process', () => {
  shows(['lifecycle-program'], 'the sets of capabilities are those of config.json', () => {
    const names = ['CAP_KILL', 'CAP_NET_BIND_SERVICE'];
    const found = report((spec) => {
      spec.process.user = { uid: 1000, gid: 1000 };
      spec.process.capabilities = {
        bounding: names,
        permitted: names,
        effective: names,
        inheritable: ['CAP_KILL'],
        ambient: ['CAP_KILL'],
      };
    });
    const sets = [found.capBnd, found.capPrm, found.capEff, found.capInh, found.capAmb].map((set) =>
      BigInt(`0x${set}`),
    );
    const ambient = bits(KILL);
    // What is not ambient ends with execve(2) of a program of another user.
    expect(sets).toEqual([bits(KILL, NET_BIND_SERVICE), ambient, ambient, ambient, ambient]);
  });

  shows(
    ['capabilities-warning', 'capabilities-not-granted', 'warnings-continue'],
    'a capability that does not exist is a warning',
    () => {
      const runtime = newTsrun();
      const { path } = bundleOf({
        args: ['/probe', 'exit', '42'],
        mutate: (spec) => {
          const names = ['CAP_KILL', 'CAP_NO_SUCH'];
          spec.process.capabilities = { bounding: names, permitted: names, effective: names };
        },
      });
      const { status, stderr } = runtime.call(['run', '--bundle', path, runtime.newId()]);
      expect(status).toBe(42);
      expect(stderr).toContain('CAP_NO_SUCH');
    },
  );

  for (const wanted of [true, false]) {
    shows(['lifecycle-program'], `noNewPrivileges ${wanted} is what the program has`, () => {
      const { noNewPrivs } = report((spec) => {
        spec.process.noNewPrivileges = wanted;
      });
      expect(noNewPrivs).toBe(wanted ? 1 : 0);
    });
  }

  shows(['oom-score-set'], 'the OOM score is that of config.json', () => {
    const { oomScoreAdj } = report((spec) => {
      spec.process.oomScoreAdj = 777;
    });
    expect(oomScoreAdj).toBe('777');
  });

  shows(['oom-score-unset'], 'the OOM score is not changed without one', () => {
    const own = readFileSync('/proc/self/oom_score_adj', 'utf8').trim();
    expect(report().oomScoreAdj).toBe(own);
  });

  shows(['values-invalid'], 'an OOM score beyond the range is an error', () => {
    const { status } = run({
      args: ['/probe', 'true'],
      mutate: (spec) => {
        spec.process.oomScoreAdj = 1001;
      },
    });
    expect(status).not.toBe(0);
  });
});
