// Capabilities, no_new_privs, resource limits, OOM score.
import { describe, expect, test } from 'vitest';
import { runBundle, runReport } from '../support/probe.js';

const bit = (number: number) => (1n << BigInt(number)).toString(16).padStart(16, '0');
const NONE = bit(64).slice(-16);
const CHOWN = 0;
const KILL = 5;
const NET_RAW = 13;
const set = (...numbers: number[]) =>
  numbers
    .reduce((mask, number) => mask | (1n << BigInt(number)), 0n)
    .toString(16)
    .padStart(16, '0');

describe('capabilities', () => {
  test('are exactly the five sets of config.json for root', () => {
    const report = runReport((spec) => {
      spec.process.capabilities = {
        bounding: ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_RAW'],
        permitted: ['CAP_CHOWN', 'CAP_KILL'],
        effective: ['CAP_KILL'],
        inheritable: ['CAP_CHOWN'],
        ambient: [],
      };
      spec.process.user.uid = 1000;
    });
    // Without a capability of its own file, a program of another user keeps only what is ambient.
    expect(report.capBnd).toBe(set(CHOWN, KILL, NET_RAW));
    expect([report.capEff, report.capPrm, report.capAmb]).toEqual([NONE, NONE, NONE]);
    expect(report.capInh).toBe(bit(CHOWN));
  });

  test('of root follow the bounding set, as execve(2) has it', () => {
    const report = runReport((spec) => {
      const list = ['CAP_CHOWN', 'CAP_NET_RAW'];
      spec.process.capabilities = { bounding: list, permitted: list, effective: list };
    });
    expect([report.capBnd, report.capPrm, report.capEff]).toEqual(Array(3).fill(set(CHOWN, NET_RAW)));
    expect([report.capInh, report.capAmb]).toEqual([NONE, NONE]);
  });

  test('that are ambient reach a program of another user', () => {
    const report = runReport((spec) => {
      const list = ['CAP_KILL'];
      spec.process.capabilities = {
        bounding: list,
        permitted: list,
        effective: list,
        inheritable: list,
        ambient: list,
      };
      spec.process.user.uid = 1000;
    });
    const { capBnd, capPrm, capEff, capInh, capAmb } = report;
    expect([capBnd, capPrm, capEff, capInh, capAmb]).toEqual(Array(5).fill(bit(KILL)));
  });

  test('are none when the lists are empty', () => {
    const report = runReport((spec) => {
      spec.process.capabilities = { bounding: [], permitted: [], effective: [], inheritable: [], ambient: [] };
    });
    const { capBnd, capPrm, capEff, capInh, capAmb } = report;
    expect([capBnd, capPrm, capEff, capInh, capAmb]).toEqual(Array(5).fill(NONE));
  });

  test('that do not exist are a warning, and the container runs', () => {
    const { status, stderr } = runBundle({
      args: ['/probe', 'true'],
      mutate: (spec) => {
        spec.process.capabilities = { bounding: ['CAP_KILL', 'CAP_NONSENSE'] };
      },
    });
    expect(status).toBe(0);
    expect(stderr).toMatch(/^tsrun: warning: .*CAP_NONSENSE.*\n$/);
  });

  test('leave the secure bits as they are', () => {
    expect(runReport().securebits).toBe(0);
  });
});

describe('noNewPrivileges', () => {
  for (const wanted of [true, false]) {
    test(`is ${wanted} as config.json says`, () => {
      const report = runReport((spec) => {
        spec.process.noNewPrivileges = wanted;
      });
      expect(report.noNewPrivs).toBe(wanted ? 1 : 0);
    });
  }
});

describe('resource limits', () => {
  test('are those of config.json', () => {
    const { rlimits } = runReport((spec) => {
      spec.process.rlimits = [
        { type: 'RLIMIT_NOFILE', soft: 64, hard: 128 },
        { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
        { type: 'RLIMIT_STACK', soft: 1_048_576, hard: 2_097_152 },
      ];
    });
    expect(rlimits.RLIMIT_NOFILE).toEqual({ soft: '64', hard: '128' });
    expect(rlimits.RLIMIT_CORE).toEqual({ soft: '0', hard: '0' });
    expect(rlimits.RLIMIT_STACK).toEqual({ soft: '1048576', hard: '2097152' });
  });

  test('may be 2^64-1, exactly', () => {
    const { rlimits } = runReport(
      (spec) => {
        spec.process.rlimits = [{ type: 'RLIMIT_AS', soft: 4242, hard: 4242 }];
      },
      { edit: (text) => text.replaceAll('4242', '18446744073709551615') },
    );
    expect(rlimits.RLIMIT_AS).toEqual({ soft: '18446744073709551615', hard: '18446744073709551615' });
  });

  test("that are not given are the caller's", () => {
    const { rlimits } = runReport((spec) => {
      spec.process.rlimits = [];
    });
    expect(rlimits.RLIMIT_NICE).toEqual({ soft: '0', hard: '0' });
  });
});

describe('the OOM score', () => {
  test('is raised as config.json says', () => {
    const report = runReport((spec) => {
      spec.process.oomScoreAdj = 500;
    });
    expect(report.oomScoreAdj).toBe('500');
  });

  test("is the caller's without one", () => {
    expect(runReport().oomScoreAdj).toBe('0');
  });
});
