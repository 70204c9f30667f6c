// Documents in place of config.json that no caller means: each is an error in a second, of a line, with little memory, and nothing is begun. What is said
// of which field is in test/unit/spec/wrong-input.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { baseSpec, type SpecDraft } from '../support/bundle.js';
import type { Outcome } from '../support/tsrun.js';
import { callAs } from './caller.js';
import { ALL, Rig } from './rig.js';

const MIB = 1 << 20;
const MOST = 16 * MIB;
/** Milliseconds of processor time, as the clock would count what else the machine has to do; of a second, what other processes do to caches included. */
const PATIENCE = 2500;
const MEMORY = 256 * 1024;

type Make = (path: string) => void;

interface Measured extends Outcome {
  /** Milliseconds. */
  readonly cpu: number;
  /** KiB, of the largest process. */
  readonly peak: number;
}

const text = (document: string | Buffer) => (path: string) => writeFileSync(path, document);

/** Zeros, none of which takes space. */
function ofSize(size: number): Make {
  return (path) => {
    writeFileSync(path, '');
    truncateSync(path, size);
  };
}

/** The base document as text, with something in place of its hostname. */
const withHostname = (value: string) => text(JSON.stringify(baseSpec()).replace('"probe-host"', () => value));

const withAnnotations = (value: string) =>
  text(JSON.stringify(baseSpec()).replace(/\}$/, () => `,"annotations":${value}}`));

const withScore = (value: string) =>
  text(JSON.stringify(baseSpec()).replace('"noNewPrivileges"', () => `"oomScoreAdj":${value},"noNewPrivileges"`));

function measure(rig: Rig, args: readonly string[]): Measured {
  const file = join(rig.directory, 'measured');
  const outcome = callAs(rig, [['measure', file]], args);
  const [cpu = 0, peak = 0] = readFileSync(file, 'utf8').split(' ').map(Number);
  return { ...outcome, cpu, peak };
}

function documentOf(make: Make): Rig {
  const rig = new Rig(['/probe', 'true']);
  rmSync(rig.bundle.config);
  make(rig.bundle.config);
  return rig;
}

const million = (entry: (index: number) => string) => Array.from({ length: 1_000_000 }, (_, i) => entry(i)).join(',');

const REFUSED: readonly (readonly [title: string, make: Make, words: RegExp])[] = [
  ['empty', text(''), /line 1, column 1/],
  ['blank', text(' \n\t'), /line 2, column 2/],
  ['null', text('null'), /must be an object/],
  ['an array', text('[]'), /must be an object/],
  ['a number', text('1'), /must be an object/],
  ['one byte over 16 MiB', ofSize(MOST + 1), /at most 16777216/],
  ['a sparse terabyte', ofSize(2 ** 40), /at most 16777216/],
  ['16 MiB of zeros', ofSize(MOST), /line 1, column 1/],
  ['16 MiB of spaces', text(' '.repeat(MOST)), /line 1, column 16777217/],
  ['nested 200,000 deep', text('['.repeat(200_000)), /more than 64 levels/],
  ['nested 200,000 deep, and closed', text(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`), /more than 64 levels/],
  [
    'nested 200,000 deep in an annotation',
    withAnnotations(`${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    /more than 64 levels/,
  ],
  ['of a million keys', withAnnotations(`{${million((i) => `"${i}":1`)}}`), /more than 100000 values/],
  ['of a million equal keys', withAnnotations(`{${million(() => '"a":"b"')}}`), /"annotations\.a" twice/],
  ['with a key twice', withAnnotations('{"a":"1","a":"2"}'), /"annotations\.a" twice/],
  ['with a key twice, once escaped', withAnnotations('{"a":"1","\\u0061":"2"}'), /"annotations\.a" twice/],
  ['with something behind it', text(`${JSON.stringify(baseSpec())} x`), /line 1/],
  ['with another document behind it', text(`${JSON.stringify(baseSpec())}{}`), /line 1/],
  ['with a byte order mark', text(`\ufeff${JSON.stringify(baseSpec())}`), /line 1, column 1|byte order mark/],
  ['in UTF-16', text(Buffer.from(JSON.stringify(baseSpec()), 'utf16le')), /line 1|UTF-8/],
  ['not in UTF-8', text(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), /UTF-8/],
  ['with UTF-8 of a surrogate', text(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), /UTF-8/],
  ['with overlong UTF-8', text(Buffer.from([0x22, 0xc0, 0xaf, 0x22])), /UTF-8/],
  ['with half of a surrogate pair', withHostname('"\\ud800"'), /surrogate|hostname/],
  ['with a NUL in a string', withHostname('"a\\u0000b"'), /a string with NUL/],
  ['with a bare control character', withHostname('"a\u0001b"'), /line 1/],
  ['with a bare line break in a string', withHostname('"a\nb"'), /line 1/],
  ['with 1e400', withScore('1e400'), /1e400: it is too large/],
  ['with 1.5 for an integer', withScore('1.5'), /oomScoreAdj/],
  ['with "1" for a number', withScore('"1"'), /oomScoreAdj/],
  ['with 2^64-1 where that is too much', withScore('18446744073709551615'), /oomScoreAdj/],
  ['with a leading zero', withScore('01'), /line 1/],
  ['with a plus sign', withScore('+1'), /line 1/],
  ['with NaN', withScore('NaN'), /line 1/],
  ['with a comment', text(`/* */${JSON.stringify(baseSpec())}`), /line 1, column 1/],
  ['with a trailing comma', text(JSON.stringify(baseSpec()).replace(/\}$/, ',}')), /line 1/],
  ['with a number of a megabyte', withScore('1'.repeat(MIB)), /a number of 1048576 digits/],
  ['with single quotes', text("{'ociVersion':'1.3.0'}"), /line 1, column 2/],
  ['a directory', (path) => mkdirSync(path), /not a regular file/],
  ['a fifo', (path) => void execFileSync('mkfifo', [path]), /not a regular file/],
  ['a link to /dev/zero', (path) => symlinkSync('/dev/zero', path), /not a regular file/],
  ['a link to itself', (path) => symlinkSync('config.json', path), /\(ELOOP\)/],
  ['a link to a file of procfs without a size', (path) => symlinkSync('/proc/self/maps', path), /line 1, column 1/],
  ['missing', () => {}, /\(ENOENT\)/],
];

describe('a config.json that is', () => {
  test.each(REFUSED)('%s is refused by create or plan in a second and a line', async (title, make, words) => {
    const rig = documentOf(make);
    const plan = ['plan', rig.bundle.path];
    for (const args of ALL ? [rig.createArguments(), plan] : [title.length % 4 === 0 ? plan : rig.createArguments()]) {
      const outcome = measure(rig, args);
      rig.expectWorded(
        {
          ...outcome,
          stderr: outcome.stderr.replace(/^tsrun: invalid [^\n]*: \d+ problems\n( {2}.*\n)+$/, 'tsrun: \n'),
        },
        title,
      );
      expect({ status: outcome.status, stdout: outcome.stdout }, title).toEqual({ status: 1, stdout: '' });
      expect(outcome.stderr, title).toMatch(words);
      expect(outcome.stderr, title).not.toMatch(/^\s+at /m);
      expect(outcome.stderr.length, title).toBeLessThan(65536);
      expect(outcome.cpu, title).toBeLessThan(PATIENCE);
      expect(outcome.peak, title).toBeLessThan(MEMORY);
    }
    await rig.expectNothingLeft(title);
  });
});

const TAKEN: readonly (readonly [title: string, make: Make])[] = [
  ['keys of the prototype of objects', withAnnotations('{"__proto__":"x","constructor":"y","toString":"z"}')],
  ['-0', withScore('-0')],
  ['0.0', withScore('0.0')],
  ['1e2', withScore('1e2')],
  ['-1000', withScore('-1000')],
  ['unknown properties by the thousand', text(JSON.stringify({ ...baseSpec(), ...manyUnknown(10_000) }))],
  ['spaces up to 16 MiB', text(JSON.stringify(baseSpec()).padEnd(MOST))],
  ['2^64-1 for a limit', text(JSON.stringify(baseSpec()).replaceAll('"hard":1024', '"hard":18446744073709551615'))],
];

function manyUnknown(count: number): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-unknown-${index}`, { index }]));
}

describe('a config.json with', () => {
  test.each(TAKEN)('%s is one, and its plan takes a second and little memory', (title, make) => {
    const rig = documentOf(make);
    const { status, stderr, cpu, peak } = measure(rig, ['plan', rig.bundle.path]);
    expect({ status, stderr }, title).toEqual({ status: 0, stderr: '' });
    expect(cpu, title).toBeLessThan(PATIENCE);
    expect(peak, title).toBeLessThan(MEMORY);
  });

  test('__proto__ on every level changes no default of tsrun', () => {
    const plain = documentOf(text(JSON.stringify(baseSpec())));
    const spoiled = JSON.stringify(baseSpec()).replaceAll(
      /\{(?=")/g,
      () => '{"__proto__":{"terminal":true,"readonly":true,"path":"/canary","rootless":true},',
    );
    const hostile = documentOf(text(spoiled));
    const [before, after] = [plain, hostile].map((rig) => {
      const { status, stdout, stderr } = rig.call('plan', '--id', 'x', rig.bundle.path);
      return { status, stderr, stdout: stdout.replaceAll(rig.bundle.path, 'BUNDLE') };
    });
    expect(after).toEqual(before);
    expect(after?.stdout).not.toContain('/canary');
  });
});

/** As many entries as fit into a document, of what there can be many of. */
type Fill = (spec: SpecDraft, many: <Entry>(values: number, entry: (index: number) => Entry) => Entry[]) => void;

const FULL: Readonly<Record<string, Fill>> = {
  annotations: (spec, many) => {
    spec.annotations = Object.fromEntries(many(1, (i) => [`org.example.x${i}`, '1']));
  },
  'arguments of the program': (spec, many) => {
    spec.process.args = many(1, (i) => `v${i}`);
  },
  'unknown capabilities': (spec, many) => {
    spec.process.capabilities = { bounding: many(1, (i) => `CAP_${i}`) };
  },
  devices: (spec, many) => {
    spec.linux.devices = many(5, (i) => ({ path: `/dev/x${i}`, type: 'c', major: 1, minor: 3 }));
  },
  'rules of devices': (spec, many) => {
    const rule = (i: number) => ({ allow: true, type: 'c' as const, major: i, minor: 3, access: 'rwm' });
    spec.linux.resources = { devices: many(6, rule) };
  },
  'environment variables': (spec, many) => {
    spec.process.env = many(1, (i) => `V${i}=x`);
  },
  groups: (spec, many) => {
    spec.process.user = { uid: 0, gid: 0, additionalGids: many(1, (i) => i) };
  },
  hooks: (spec, many) => {
    spec.hooks = { poststop: many(4, (i) => ({ path: `/bin/x${i}`, args: ['x'] })) };
  },
  'sizes of huge pages': (spec, many) => {
    spec.linux.resources = { hugepageLimits: many(3, (i) => ({ pageSize: `${i + 1}MB`, limit: 1 })) };
  },
  'id mappings': (spec, many) => {
    spec.linux.namespaces.push({ type: 'user' });
    spec.linux.uidMappings = many(4, (i) => ({ containerID: i, hostID: i, size: 1 }));
  },
  'masked paths': (spec, many) => {
    spec.linux.maskedPaths = many(1, (i) => `/m/${i}`);
  },
  mounts: (spec, many) => {
    const mounts = many(7, (i) => ({ destination: `/m/${i}`, type: 'tmpfs', source: 'x', options: ['ro', 'nosuid'] }));
    spec.mounts.push(...mounts);
  },
  'options of a mount': (spec, many) => {
    spec.mounts.push({ destination: '/o', type: 'tmpfs', source: 'x', options: many(1, (i) => `o${i}`) });
  },
  'namespaces of one type': (spec, many) => {
    spec.linux.namespaces = many(2, () => ({ type: 'pid' }));
  },
  'network devices': (spec, many) => {
    spec.linux.netDevices = Object.fromEntries(many(1, (i) => [`e${i}`, {}]));
  },
  'unknown limits': (spec, many) => {
    spec.process.rlimits = many(4, (i) => ({ type: `RLIMIT_X${i}`, soft: 1, hard: 1 }));
  },
  'read-only paths': (spec, many) => {
    spec.linux.readonlyPaths = many(1, (i) => `/m/${i}`);
  },
  'system calls': (spec, many) => {
    const syscalls = [{ names: many(1, (i) => `call${i}`), action: 'SCMP_ACT_ERRNO' as const }];
    spec.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
  },
  sysctls: (spec, many) => {
    spec.linux.sysctl = Object.fromEntries(many(1, (i) => [`net.ipv4.conf.eth${i}.forwarding`, '1']));
  },
  'cgroup files': (spec, many) => {
    spec.linux.resources = { unified: Object.fromEntries(many(1, (i) => [`misc.x${i}`, '1'])) };
  },
  'mounts that are none': (spec, many) => {
    Object.assign(spec, { mounts: many(1, () => 1) });
  },
};

/** Beside the entries there are the values of the base document. */
const FULL_OF = 99_500;

describe('a config.json full of', () => {
  test.each(Object.entries(FULL))('%s is planned and checked in a second and little memory', (title, fill) => {
    const spec = baseSpec();
    fill(spec, (values, entry) => Array.from({ length: Math.floor(FULL_OF / values) }, (_, index) => entry(index)));
    const rig = documentOf(text(JSON.stringify(spec)));
    for (const verb of ['plan', 'check']) {
      const { status, stderr, cpu, peak } = measure(rig, [verb, rig.bundle.path]);
      expect([0, 1], `${verb} of ${title}: ${stderr.slice(0, 500)}`).toContain(status);
      expect(stderr, title).not.toMatch(/^\s+at |values$/m);
      expect(cpu, `${verb} of ${title}`).toBeLessThan(PATIENCE);
      expect(peak, `${verb} of ${title}`).toBeLessThan(MEMORY);
    }
  });
});

test('a process of exec and limits of update are read as strictly', async () => {
  const rig = new Rig();
  rig.must('run', '--detach', '--bundle', rig.bundle.path, rig.id);
  const file = join(rig.directory, 'document.json');
  for (const [title, make, words] of REFUSED) {
    if (!/nested 200,000 deep|keys|fifo|zero|UTF-8|empty|directory|sparse/.test(title) || /annotation/.test(title))
      continue;
    rmSync(file, { recursive: true, force: true });
    make(file);
    for (const args of [
      ['exec', '--process', file, rig.id],
      // A shell gives it pipes, so it waits for whoever writes.
      ...(/fifo/.test(title) ? [] : [['update', '--resources', file, rig.id]]),
    ]) {
      const { status, stdout, stderr, cpu, peak } = measure(rig, args);
      expect(status, `${args[0]} ${title}: ${stderr}`).toBe(args[0] === 'exec' ? 255 : 1);
      expect(stdout, title).toBe('');
      if (!/keys|sparse|directory|zero/.test(title)) expect(stderr, title).toMatch(words);
      expect(stderr, title).toMatch(/^tsrun: /);
      expect(stderr, title).not.toMatch(/^\s+at /m);
      expect(cpu, title).toBeLessThan(PATIENCE);
      expect(peak, title).toBeLessThan(MEMORY);
    }
  }
  expect(rig.expectValidState('documents')).toBe('running');
  await rig.expectDeletable('documents');
});
