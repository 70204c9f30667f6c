import { describe, expect, test } from 'vitest';
import { decodePlan } from '../../../src/plan/decode.js';
import { encodeOp, encodePlan } from '../../../src/plan/encode.js';
import type { Op, Plan } from '../../../src/plan/ops.js';
import { AWKWARD_TEXTS, OP_NAMES, sampleOp } from './samples.js';

function planOf(create: readonly Op[], start: readonly Op[] = [], teardown: readonly Op[] = []): Plan {
  return { version: 1, sections: { create, start, teardown } };
}

const EMPTY = 'tsrun-plan\t1\nsection\tcreate\nsection\tstart\nsection\tteardown\nend\t0\n';

describe('encodePlan()', () => {
  test('writes the frame of an empty plan', () => {
    expect(encodePlan(planOf([]))).toBe(EMPTY);
  });

  test('writes one operation a line, in its section, and counts them', () => {
    const plan = planOf([{ op: 'mask', path: '/a' }], [{ op: 'exec', args: ['a', 'b c'] }], [{ op: 'remove-state' }]);
    expect(encodePlan(plan)).toBe(
      'tsrun-plan\t1\nsection\tcreate\nmask\t/a\nsection\tstart\nexec\t2\ta\tb c\nsection\tteardown\nremove-state\nend\t3\n',
    );
  });

  test.each<[Op, string]>([
    [{ op: 'set-hostname', name: 'a\tb\nc\rd\\e' }, 'set-hostname\ta\\tb\\nc\\rd\\\\e\n'],
    [{ op: 'set-hostname', name: '' }, 'set-hostname\t\n'],
    [{ op: 'set-umask', mask: 0o022 }, 'set-umask\t22\n'],
    [{ op: 'spawn-init', namespaces: [] }, 'spawn-init\t0\n'],
    [{ op: 'spawn-init', namespaces: ['CLONE_NEWPID', 'CLONE_NEWNS'] }, 'spawn-init\tCLONE_NEWPID|CLONE_NEWNS\n'],
    [{ op: 'set-environment', env: [] }, 'set-environment\t0\n'],
    [
      { op: 'set-rlimit', resource: 'RLIMIT_AS', soft: 1024, hard: 18446744073709551615n },
      'set-rlimit\tRLIMIT_AS\t1024\t18446744073709551615\n',
    ],
    [{ op: 'set-oom-score-adj', value: -1000 }, 'set-oom-score-adj\t-1000\n'],
  ])('encodes %o', (op, line) => {
    expect(encodeOp(op)).toBe(line);
  });

  test.each([
    ['a\0b', 'NUL'],
    ['a\ud800b', 'surrogate'],
    ['\udc00', 'surrogate'],
  ])('refuses %j: the text form has none', (text, reason) => {
    expect(() => encodePlan(planOf([{ op: 'exec', args: ['sh', text] }]))).toThrow(reason);
  });

  test.each([Number.NaN, 1.5, 2 ** 53])('refuses the number %d', (value) => {
    expect(() => encodePlan(planOf([{ op: 'set-oom-score-adj', value }]))).toThrow('not an integer');
  });
});

describe('decodePlan()', () => {
  test.each(OP_NAMES)('reads back what was encoded: %s', (name) => {
    const ops = Array.from({ length: 24 }, (_, seed) => sampleOp(name, seed));
    const plan = planOf(ops, ops.slice(0, 3), ops.slice(3, 5));
    expect(decodePlan(encodePlan(plan))).toEqual(plan);
  });

  test('reads back every pair of awkward texts', () => {
    const ops: Op[] = [];
    for (const first of AWKWARD_TEXTS) {
      for (const second of AWKWARD_TEXTS) {
        ops.push({ op: 'set-environment', env: [first, first + second, second] });
        ops.push({ op: 'find-executable', name: first, search: second });
      }
    }
    expect(decodePlan(encodePlan(planOf(ops)))).toEqual(planOf(ops));
  });

  const withCreate = (line: string) =>
    EMPTY.replace('section\tstart', `${line}\nsection\tstart`).replace('end\t0', 'end\t1');

  test.each([
    ['an empty text', '', 'line 1'],
    ['another version', EMPTY.replace('plan\t1', 'plan\t2'), 'line 1: not a plan of version 1'],
    ['a torn last line', EMPTY.slice(0, -1), 'line 5: the last line does not end'],
    ['a missing end', EMPTY.replace('end\t0\n', ''), 'line 4: torn'],
    ['a wrong count', EMPTY.replace('end\t0', 'end\t1'), 'line 5: torn'],
    ['text after the end', `${EMPTY}new-session\n`, 'line 5: '],
    ['a missing section', EMPTY.replace('section\tstart\n', ''), 'line 3: unexpected section'],
    [
      'sections out of order',
      EMPTY.replace('create', 'start').replace('start', 'create\nsection\tx'),
      'line 3: unexpected section',
    ],
    ['a fourth section', EMPTY.replace('end', 'section\tmore\nend'), 'line 5: unexpected section, expected the end'],
    [
      'an operation before a section',
      EMPTY.replace('section\tcreate', 'new-session\nsection\tcreate'),
      'line 2: an operation before',
    ],
    ['an unknown operation', withCreate('format-disk'), 'line 3: unknown operation "format-disk"'],
    ['a property of objects as operation', withCreate('constructor'), 'line 3: unknown operation "constructor"'],
    ['an empty line', withCreate(''), 'line 3: unknown operation ""'],
    ['a missing field', withCreate('mask'), 'line 3: "mask" lacks "path"'],
    ['a field too many', withCreate('mask\t/a\t/b'), 'line 3: "mask" has 1 fields too many'],
    ['an empty path', withCreate('mask\t'), 'line 3: "path" is empty'],
    ['an unknown escape', withCreate('set-hostname\ta\\x41'), 'line 3: unknown escape "\\\\x"'],
    ['a lone backslash', withCreate('set-hostname\ta\\'), 'line 3: unknown escape'],
    ['a NUL', withCreate('set-hostname\ta\0'), 'line 3: a NUL'],
    ['a list longer than the line', withCreate('exec\t2\ta'), 'line 3: "args" is out of range: 2'],
    ['a list shorter than the line', withCreate('exec\t1\ta\tb'), 'line 3: "exec" has 1 fields too many'],
    ['a negative uint', withCreate('keep-descriptors\t-1'), 'line 3: "count" is out of range'],
    ['a uint of 2^64', withCreate('keep-descriptors\t18446744073709551616'), 'line 3: "count" is out of range'],
    ['an int below -2^63', withCreate('set-oom-score-adj\t-9223372036854775809'), 'line 3: "value" is out of range'],
    ['an id of 2^32-1', withCreate('set-home\t4294967295'), 'line 3: "uid" is out of range'],
    ['a slot of 16384', withCreate('bind-rootfs\t16384\t/'), 'line 3: "slot" is out of range'],
    ['a mode above 07777', withCreate('set-umask\t10000'), 'line 3: "mask" is not a file mode'],
    ['a mode that is not octal', withCreate('set-umask\t8'), 'line 3: "mask" is not a file mode'],
    ['a number in hexadecimal', withCreate('keep-descriptors\t0x1'), 'line 3: "count" is not a number'],
    ['an empty number', withCreate('keep-descriptors\t'), 'line 3: "count" is not a number'],
    ['an unknown name', withCreate('join-namespace\tmnt'), 'line 3: "type" has an unknown name: "mnt"'],
    [
      'an unknown flag',
      withCreate('spawn-init\tCLONE_NEWPID|CLONE_VM'),
      'line 3: "namespaces" has an unknown name: "CLONE_VM"',
    ],
    ['empty flags', withCreate('spawn-init\t'), 'line 3: "namespaces" has an unknown name: ""'],
  ])('refuses %s', (_, text, message) => {
    expect(() => decodePlan(text)).toThrow(
      expect.objectContaining({ code: 'STATE_CORRUPT', message: expect.stringContaining(message) }),
    );
  });
});
