// Every rule about the document: what is changed in a good config.json, and the finding that comes of it, with its place.

import { describe, expect, it } from 'vitest';
import { DOCUMENT_RULES } from '../../../src/check/rules/document-rules.js';
import { RULE_OF_CHECK } from '../../../src/check/specification.js';
import { CHECKS, WARNINGS } from '../../../src/spec/checks/index.js';
import { type Json, withChange } from '../spec/parsing.js';
import { checkText, rulesOf } from './checking.js';

const NAMESPACES = (withChange({}).linux as Json).namespaces as Json[];
const capabilities = (...names: string[]) => ({ process: { capabilities: { bounding: names } } });
const mount = (entry: Json) => ({ mounts: [{ destination: '/m', type: 'tmpfs', source: 'x', ...entry }] });
const seccomp = (entry: Json) => ({ linux: { seccomp: { defaultAction: 'SCMP_ACT_ERRNO', ...entry } } });

/** Each finding as `rule pointer`; all that there are. */
const TABLE: readonly (readonly [change: Json, ...findings: string[]])[] = [
  [{}],
  [{ process: { cwd: undefined } }, 'schema/missing /process/cwd'],
  [{ hostname: 7 }, 'schema/type /hostname'],
  [{ process: { oomScoreAdj: 1001 } }, 'schema/range /process/oomScoreAdj'],
  [{ process: { oomScoreAdj: 'x' } }, 'schema/type /process/oomScoreAdj'],
  [{ linux: { namespaces: [...NAMESPACES, { type: 'tim' }] } }, 'schema/enum /linux/namespaces/6/type'],
  [{ ociVersion: '2.0.0' }, 'spec/version /ociVersion'],
  [{ root: undefined }, 'spec/root /root'],
  [mount({ type: undefined }), 'spec/mount /mounts/0/type'],
  [{ process: { cwd: 'x' } }, 'spec/process /process/cwd'],
  [{ process: { user: { uid: 0, additionalGids: [4294967295] } } }, 'spec/user /process/user/additionalGids/0'],
  [{ process: { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 2, hard: 1 }] } }, 'spec/rlimit /process/rlimits/0/soft'],
  [{ hostname: 'x'.repeat(65) }, 'spec/hostname /hostname'],
  [{ hooks: { poststop: [{ path: 'x' }] } }, 'spec/hook /hooks/poststop/0/path'],
  [{ annotations: { '': 'x' } }, 'spec/annotation /annotations'],
  [{ linux: { namespaces: [...NAMESPACES, { type: 'pid' }] } }, 'spec/namespace /linux/namespaces/6/type'],
  [{ linux: { timeOffsets: { boottime: { secs: 1 } } } }, 'spec/missing-namespace /linux/timeOffsets'],
  [
    { linux: { sysctl: { 'user.max_mnt_namespaces': '1' } } },
    'spec/missing-namespace /linux/sysctl/user.max_mnt_namespaces',
  ],
  [
    { linux: { namespaces: [...NAMESPACES, { type: 'user' }] } },
    'spec/id-mapping /linux/uidMappings',
    'spec/id-mapping /linux/gidMappings',
  ],
  [
    { linux: { namespaces: [...NAMESPACES, { type: 'time' }], timeOffsets: { realtime: { secs: 1 } } } },
    'spec/time-offset /linux/timeOffsets/realtime',
  ],
  [{ linux: { devices: [{ type: 'c', path: 'x', major: 1, minor: 3 }] } }, 'spec/device /linux/devices/0/path'],
  [{ linux: { netDevices: { 'a/b': {} } } }, 'spec/network-device /linux/netDevices/a~1b'],
  [{ linux: { resources: { unified: { 'a/b': '1' } } } }, 'spec/resource /linux/resources/unified/a~1b'],
  [{ linux: { intelRdt: { closID: 'a/b' } } }, 'spec/intel-rdt /linux/intelRdt/closID'],
  [{ linux: { memoryPolicy: { mode: 'MPOL_BIND', nodes: 'x' } } }, 'spec/memory-policy /linux/memoryPolicy/nodes'],
  [{ linux: { sysctl: { 'kernel.x': '1' } } }, 'spec/sysctl /linux/sysctl/kernel.x'],
  [seccomp({ syscalls: [{ names: [], action: 'SCMP_ACT_ALLOW' }] }), 'spec/seccomp /linux/seccomp/syscalls/0/names'],
  [{ linux: { maskedPaths: ['x'] } }, 'spec/masked-path /linux/maskedPaths/0'],
  [{ ociVersion: '1.4.0' }, 'spec/newer-version /ociVersion'],
  [mount({ destination: 'm' }), 'spec/relative-destination /mounts/0/destination'],
  [capabilities('CAP_KILL', 'CAP_X'), 'spec/capability /process/capabilities/bounding/1'],
  [{ linux: { personality: { domain: 'LINUX', flags: ['X'] } } }, 'spec/personality-flag /linux/personality/flags'],
  [{ rot: 1 }, 'spec/unknown-property /rot'],
  [{ process: { user: { uid: 0, gids: [] } } }, 'spec/unknown-property /process/user/gids'],
  [{ annotations: { anything: 'x' } }],
  [{ ociVersion: '1.0.2', domainname: 'x' }, 'spec/needs-version /domainname'],
  [{ hooks: { prestart: [] } }, 'spec/deprecated /hooks/prestart'],
  [{ windows: { any: 1 } }, 'spec/other-platform /windows'],
  [mount({ options: ['sise=1m', 'nosuid', 'x-comment', 'huge=never'] }), 'spec/mount-option /mounts/0/options/0'],
  [mount({ type: 'ext4', options: ['noatme', 'data=ordered'] }), 'spec/mount-option /mounts/0/options/0'],
  [mount({ type: 'tmpsf' }), 'spec/mount-type /mounts/0/type'],
  [mount({ type: 'fuse.sshfs' })],
  [
    { mounts: ['/m', '/m/'].map((destination) => ({ destination, type: 'tmpfs' })) },
    'spec/duplicate-mount /mounts/1/destination',
  ],
  [
    seccomp({ syscalls: [{ names: ['read', 'raed'], action: 'SCMP_ACT_ALLOW' }] }),
    'spec/system-call /linux/seccomp/syscalls/0/names/1',
  ],
  [
    { annotations: { 'run.oci.keep_orignal_groups': '1' } },
    'spec/annotation-name /annotations/run.oci.keep_orignal_groups',
  ],
  [
    { annotations: { 'org.systemd.properties.TasksMax': '1' } },
    'spec/annotation-name /annotations/org.systemd.properties.TasksMax',
  ],
  [
    { mounts: [{ destination: '/m', type: 'bind', source: '/s', options: ['rbnd'] }] },
    'plan/refused /mounts/0/options/0',
  ],
  // A class that is on another machine already.
  [{ linux: { intelRdt: { closID: 'guests' } } }],
  [{ linux: { cgroupsPath: '/../..' } }, 'plan/refused /linux/cgroupsPath'],
  [mount({ options: ['iversion'] }), 'plan/no-effect /mounts/0'],
  [{ linux: { resources: { memory: { swappiness: 1 } } } }, 'plan/no-effect /linux/resources/memory/swappiness'],
];

/** Text that is not as it should be, and the findings as `line:column rule`. */
const TEXTS: readonly (readonly [what: string, text: string | Uint8Array, ...findings: string[]])[] = [
  ['a comma too many', '{\n  "ociVersion": "1.3.0",\n}', '3:1 json/syntax'],
  ['an empty file', '', '1:1 json/syntax'],
  ['text behind the document', '{} x', '1:4 json/syntax'],
  ['65 levels', '['.repeat(65), '1:65 json/size'],
  ['no UTF-8', new Uint8Array([0x7b, 0x0a, 0x22, 0xc3, 0xa9, 0xff, 0x22]), '2:3 json/encoding', '2:5 json/syntax'],
  ['a character that is cut off', new Uint8Array([0x22, 0xe2, 0x82]), '1:2 json/encoding', '1:3 json/syntax'],
  ['a byte order mark', '\uFEFF[]', '1:1 json/encoding', '1:2 schema/type'],
];

describe('check finds', () => {
  it.each(TABLE.map(([change, ...findings]) => ({ change, findings })))(
    'in $change $findings',
    ({ change, findings }) => {
      expect(rulesOf(change)).toEqual(findings);
    },
  );

  it.each(TEXTS.map(([what, text, ...findings]) => ({ what, text, findings })))(
    'in $what $findings',
    ({ text, findings }) => {
      const found = checkText(text).findings.map(({ line, column, rule }) => `${line}:${column} ${rule}`);
      expect(found).toEqual(findings);
    },
  );

  it('every fault of the text that can be read over, and what follows', () => {
    const text = JSON.stringify(withChange({ process: { env: ['A=B'], rlimits: [] }, hostnam: 'x' }))
      .replace('"A=B"', '"A=\\u0000", "B=\\ud800"')
      .replace('"rlimits":[]', '"oomScoreAdj":1e999,"cwd":"/"');
    const { findings } = checkText(text);
    expect(findings.map(({ rule, pointer }) => `${rule} ${pointer}`).sort()).toEqual([
      ...['json/duplicate-key ', 'json/number ', 'json/string ', 'json/string ', 'spec/unknown-property /hostnam'],
    ]);
  });

  it('has a row for every rule', () => {
    const named = [...TABLE.flatMap(([, ...findings]) => findings), ...TEXTS.flatMap(([, , ...findings]) => findings)];
    const tried = new Set(named.map((finding) => /[a-z]+\/[a-z-]+/.exec(finding)?.[0]));
    // In the test above; and what stands for a rule that a check will have one day.
    const elsewhere = ['json/duplicate-key', 'json/number', 'json/string', 'spec/value'];
    expect(Object.keys(DOCUMENT_RULES).filter((rule) => !tried.has(rule) && !elsewhere.includes(rule))).toEqual([]);
  });

  it('knows a rule for every check that create makes', () => {
    expect([...CHECKS, ...WARNINGS].filter((check) => !RULE_OF_CHECK.has(check)).map(({ name }) => name)).toEqual([]);
  });
});

describe('check goes on', () => {
  it('after what the schema refuses, without what would only follow from it', () => {
    const linux = {
      namespaces: [{ type: 'mont' }, { type: 'zzzzzzzz' }],
      sysctl: { 'net.x': '1' },
      cgroupsPath: '/../..',
    };
    expect(
      rulesOf({
        linux,
        hostname: 'x',
        process: { cwd: 7 },
        mounts: [{ destination: 1 }, { destination: '/', type: 'proc' }],
      }),
    ).toEqual(
      [
        ...['schema/type /process/cwd', 'schema/enum /linux/namespaces/0/type', 'schema/enum /linux/namespaces/1/type'],
        ...['plan/refused /linux/cgroupsPath', 'schema/type /mounts/0/destination', 'spec/mount /mounts/1/destination'],
      ].sort((a, b) => order(a) - order(b)),
    );
  });

  it('after what a check refuses, to what the compiler does', () => {
    expect(rulesOf({ process: { args: [] }, linux: { cgroupsPath: '/../..' } })).toEqual([
      ...['spec/process /process/args', 'plan/refused /linux/cgroupsPath'],
    ]);
  });

  it.each(['null', '7', '"x"', '[]', 'true'])('to no further than %s', (text) => {
    expect(checkText(text).findings.map(({ rule }) => rule)).toEqual(['schema/type']);
  });
});

/** In the order of the text, in which the good config.json has process, root and linux before what is added. */
function order(finding: string): number {
  return ['/process', '/root', '/linux', '/hostname', '/mounts'].findIndex((start) => finding.includes(` ${start}`));
}

describe('check suggests', () => {
  it.each<[Json, string | undefined]>([
    [{ process: { nonewprivileges: true } }, 'did you mean "noNewPrivileges"?'],
    [{ rlimits: [] }, 'the specification has it as process.rlimits'],
    [{ qqqq: [] }, undefined],
    [capabilities('SYS_ADMIN'), 'did you mean "CAP_SYS_ADMIN"?'],
    [capabilities('CAP_NET_BINDSERVICE'), 'did you mean "CAP_NET_BIND_SERVICE"?'],
    [{ process: { rlimits: [{ type: 'RLIMIT_NOFILES', soft: 1, hard: 1 }] } }, 'did you mean "RLIMIT_NOFILE"?'],
    [{ linux: { namespaces: [...NAMESPACES, { type: 'usr' }] } }, 'did you mean "user"?'],
    [seccomp({ defaultAction: 'SCMP_ACT_ERNO' }), 'did you mean "SCMP_ACT_ERRNO"?'],
    [seccomp({ syscalls: [{ names: ['unshar'], action: 'SCMP_ACT_ALLOW' }] }), 'did you mean "unshare"?'],
    [mount({ options: ['noexc'] }), 'did you mean "noexec"?'],
    [mount({ options: ['szie=1m'] }), 'did you mean "size"?'],
    [mount({ type: 'tmpsf' }), 'did you mean "tmpfs"?'],
    [{ mounts: [{ destination: '/m', type: 'bind', source: '/s', options: ['rbnd'] }] }, 'did you mean "rbind"?'],
    [{ annotations: { 'run.oci.hooks.stdot': 'x' } }, 'did you mean "run.oci.hooks.stdout"?'],
    [{ annotations: { 'run.ocl.hooks.stdout': 'x' } }, 'did you mean "run.oci.hooks.stdout"?'],
    [{ annotations: { 'org.systemd.properties.TasksMax': '1' } }, 'did you mean "org.systemd.property.TasksMax"?'],
  ])('for %j: %s', (change, hint) => {
    const { findings } = checkText(JSON.stringify(withChange(change)));
    expect(findings.map((finding) => finding.hint)).toEqual([hint]);
  });

  it('takes an unknown system call more seriously where the rest may pass', () => {
    const severities = ['SCMP_ACT_ERRNO', 'SCMP_ACT_ALLOW'].map((defaultAction) => {
      const change = seccomp({ defaultAction, syscalls: [{ names: ['unshar'], action: 'SCMP_ACT_KILL' }] });
      return checkText(JSON.stringify(withChange(change))).findings.map(({ severity }) => severity);
    });
    expect(severities).toEqual([['note'], ['warning']]);
  });
});

describe('a finding', () => {
  it('has line, column and end of what it is about', () => {
    const text = JSON.stringify(withChange({ process: { cwd: 'x' } }), null, 2);
    const at = text.indexOf('"x"');
    const line = text.slice(0, at).split('\n').length;
    const column = at - text.lastIndexOf('\n', at);
    expect(checkText(text).findings).toEqual([
      {
        ...{ severity: 'error', rule: 'spec/process', pointer: '/process/cwd' },
        ...{ line, column, endLine: line, endColumn: column + 3 },
        message: 'found "x", must be an absolute path',
      },
    ]);
  });

  it('is where the parent is, if what it is about is not there', () => {
    const text = '{\n "ociVersion": "1.3.0",\n "root": {"path": "r"},\n  "process": {"args": ["sh"]}\n}';
    expect(checkText(text).findings).toMatchObject([{ pointer: '/process/cwd', line: 4, column: 3, endColumn: 12 }]);
  });

  it('is left out beyond a hundred of its rule, and counted', () => {
    const extra = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`qqqqqqqq${index}`, 1]));
    const { findings, omitted } = checkText(JSON.stringify(withChange(extra)));
    expect([findings.length, omitted]).toEqual([100, [{ rule: 'spec/unknown-property', count: 150 }]]);
  });
});
