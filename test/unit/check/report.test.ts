// The three formats, to the letter; JSON by its schema, SARIF by what the standard requires of what is used of it.

import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { encodeJson, newReport } from '../../../src/check/report/report.js';
import { encodeSarif } from '../../../src/check/report/sarif.js';
import { encodeText } from '../../../src/check/report/text.js';
import { RULES } from '../../../src/check/rules/index.js';
import { checkText } from './checking.js';

const TEXT = `{
	"ociVersion": "1.3.0",
	"process": { "args": ["sh"], "env": ["\u{1F600}"], "rlimits": {} },
	"root": { "path": "rootfs" }, "roat": 1,
	"mounts": [{ "destination": "/", "type": "tmpfs" }],
	"linux": { "namespaces": [{ "type": "mount" }] }
}
`;

const GOOD = '{"ociVersion":"1.3.0","process":{"cwd":"/","args":["sh"]},"root":{"path":"r"}}';

function report(text: string, file = 'web/config.json') {
  const checked = checkText(text);
  return { checked, report: newReport(file, checked) };
}

function text(source: string, colour = false): string {
  const { checked, report: made } = report(source);
  return encodeText(made, checked.lines, colour);
}

describe('the text', () => {
  it('has each finding with its line, and a summary', () => {
    expect(text(TEXT)).toBe(`web/config.json:3:2: error: /process/cwd: found nothing, must be set [schema/missing]
   "process": { "args": ["sh"], "env": ["\u{1F600}"], "rlimits": {} },
   ^~~~~~~~~
web/config.json:3:39: error: /process/env/0: found no "=" in "\u{1F600}", must be NAME=value [spec/process]
   "process": { "args": ["sh"], "env": ["\u{1F600}"], "rlimits": {} },
                                        ^~~~
web/config.json:3:46: error: /process/rlimits: found an object, must be an array [schema/type]
   "process": { "args": ["sh"], "env": ["\u{1F600}"], "rlimits": {} },
                                               ^~~~~~~~~
web/config.json:4:32: warning: /roat: unknown property "roat" is ignored [spec/unknown-property]
   "root": { "path": "rootfs" }, "roat": 1,
                                 ^~~~~~
  hint: did you mean "root"?
web/config.json:5:30: error: /mounts/0/destination: found "/", must not be the root [spec/mount]
   "mounts": [{ "destination": "/", "type": "tmpfs" }],
                               ^~~
web/config.json: 4 errors, 1 warning
`);
  });

  it('says that nothing was found', () => {
    expect(text(GOOD)).toBe('web/config.json: nothing found\n');
  });

  it('shows of a long line what is around the finding', () => {
    const long = GOOD.replace('"cwd"', `"env":[${'"A=B",'.repeat(200)}"X"],"cwd"`);
    const at = long.indexOf('"X"');
    expect(text(long).split('\n').slice(0, 3)).toEqual([
      `web/config.json:1:${at + 1}: error: /process/env/200: found no "=" in "X", must be NAME=value [spec/process]`,
      `  …${long.slice(at - 40, at + 60)}`,
      `  ${' '.repeat(41)}^~~`,
    ]);
  });

  it('shows no control character that the file has, nor one in a name', () => {
    const shown = text(GOOD.replace('{"oci', '{"a\\u001b[2J\u009b":1,"oci').replace('"cwd"', '\t"cwd"'));
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(shown).toContain('web/config.json:1:2: warning: /a\\x1b[2J\\x9b: ');
  });

  it('has colours only where they are wanted, and the same words', () => {
    const coloured = text(TEXT, true);
    expect(coloured).toContain('\x1b[1;31merror:\x1b[0m');
    expect(coloured).toContain('\x1b[1;33mwarning:\x1b[0m');
    expect(coloured.replaceAll(/\x1b\[[\d;]*m/g, '')).toBe(text(TEXT));
  });

  it('says how many of a rule are left out', () => {
    const many = Array.from({ length: 103 }, (_, index) => `"qqqqqqq${index}":1`).join(',');
    expect(
      text(GOOD.replace('{', `{${many},`))
        .split('\n')
        .slice(-3),
    ).toEqual([...['3 more of spec/unknown-property are not shown', 'web/config.json: 100 warnings', '']]);
  });
});

describe('the JSON', () => {
  const schema = JSON.parse(readFileSync('schemas/check.schema.json', 'utf8'));
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema);

  it.each([
    ['findings', TEXT],
    ['none', GOOD],
    ['no JSON', '{'],
    ['many', GOOD.replace('{', `{${Array.from({ length: 120 }, (_, index) => `"q${index}x":1`).join(',')},`)],
  ])('of %s is what schemas/check.schema.json says', (_, source) => {
    expect(validate(JSON.parse(encodeJson(report(source).report))) || validate.errors).toBe(true);
  });

  it('has everything of each finding', () => {
    const document = JSON.parse(encodeJson(report(TEXT).report));
    expect(document).toMatchObject({
      version: 1,
      file: 'web/config.json',
      summary: { errors: 4, warnings: 1, notes: 0 },
    });
    expect(document.findings[3]).toEqual({
      ...{ severity: 'warning', rule: 'spec/unknown-property', pointer: '/roat' },
      ...{ line: 4, column: 32, endLine: 4, endColumn: 38 },
      ...{ message: 'unknown property "roat" is ignored', hint: 'did you mean "root"?' },
    });
  });

  it('counts no finding of which the schema knows no severity', () => {
    expect(
      validate({ version: 1, file: 'x', summary: { errors: 0, warnings: 0, notes: 0 }, findings: [{}], omitted: [] }),
    ).toBe(false);
  });
});

// SARIF 2.1.0, sections 3.13 (sarifLog), 3.14 (run), 3.18 and 3.19 (tool), 3.20 (invocation), 3.27 (result), 3.28 to 3.30 (locations), 3.49
// (reportingDescriptor): what is required, and the types and names of what we use. Nothing that we do not use is allowed, so none is forgotten.
const MESSAGE = object({ text: { type: 'string', minLength: 1 } });
const COUNT = { type: 'integer', minimum: 1 };
const ARTIFACT = {
  oneOf: [
    object({
      uri: { type: 'string', pattern: '^[A-Za-z0-9._~%/-]+$', not: { pattern: '^/' } },
      uriBaseId: { const: '%SRCROOT%' },
    }),
    object({ uri: { type: 'string', pattern: '^file:///[A-Za-z0-9._~%/-]+$' } }),
  ],
};
const LEVEL = { enum: ['none', 'note', 'warning', 'error'] };
const RULE = object({
  id: { type: 'string' },
  shortDescription: MESSAGE,
  fullDescription: MESSAGE,
  help: MESSAGE,
  defaultConfiguration: object({ level: LEVEL }),
  properties: object({ tags: { type: 'array', uniqueItems: true, items: { type: 'string' } } }),
});
const RESULT = object({
  ruleId: { type: 'string' },
  ruleIndex: { type: 'integer', minimum: 0 },
  level: LEVEL,
  message: MESSAGE,
  locations: {
    type: 'array',
    items: object({
      physicalLocation: object({
        artifactLocation: ARTIFACT,
        region: object({ startLine: COUNT, startColumn: COUNT, endLine: COUNT, endColumn: COUNT }),
      }),
      logicalLocations: {
        type: 'array',
        items: object({ fullyQualifiedName: { type: 'string' }, kind: { type: 'string' } }),
      },
    }),
  },
  partialFingerprints: { type: 'object', additionalProperties: { type: 'string' } },
});
const SARIF = object({
  $schema: { type: 'string', format: 'uri' },
  version: { const: '2.1.0' },
  runs: {
    type: 'array',
    items: object(
      {
        tool: object({
          driver: object({
            name: { type: 'string' },
            semanticVersion: { type: 'string' },
            rules: { type: 'array', uniqueItems: true, items: RULE },
          }),
        }),
        originalUriBaseIds: { type: 'object', additionalProperties: object({ description: MESSAGE }) },
        columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
        results: { type: 'array', items: RESULT },
        invocations: {
          type: 'array',
          items: object({
            executionSuccessful: { type: 'boolean' },
            toolExecutionNotifications: { type: 'array', items: object({ level: LEVEL, message: MESSAGE }) },
          }),
        },
      },
      ['originalUriBaseIds'],
    ),
  },
});

function object(properties: Record<string, unknown>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

describe('the SARIF', () => {
  const validate = new Ajv2020({ allErrors: true, formats: { uri: /^https:/ } }).compile(SARIF);
  const sarif = (source: string, file?: string) => JSON.parse(encodeSarif(report(source, file).report, '0.1.0'));

  it.each([
    ['findings', TEXT, 'web/config.json'],
    ['none', GOOD, 'config.json'],
    ['no JSON', '{', '/srv/a b/ä.json'],
  ])('of %s is what the standard requires', (_, source, file) => {
    expect(validate(sarif(source, file)) || validate.errors).toBe(true);
  });

  it('lists each rule once, with its help, and each result leads to its rule', () => {
    const [run] = sarif(TEXT).runs;
    const ids = run.tool.driver.rules.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['schema/missing', 'schema/type', 'spec/mount', 'spec/process', 'spec/unknown-property']);
    expect(run.tool.driver.rules[2].help.text).toBe(RULES['spec/mount'].help);
    for (const { ruleId, ruleIndex } of run.results) {
      expect(ids[ruleIndex]).toBe(ruleId);
    }
  });

  it('has the region, the level and the file of a finding', () => {
    const [run] = sarif(TEXT, 'web/config.json').runs;
    expect(run.results[3]).toMatchObject({
      level: 'warning',
      message: { text: '/roat: unknown property "roat" is ignored (did you mean "root"?)' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'web/config.json', uriBaseId: '%SRCROOT%' },
            region: { startLine: 4, startColumn: 32, endLine: 4, endColumn: 38 },
          },
        },
      ],
    });
  });

  it('names a file outside of the current directory by a whole URI', () => {
    const [run] = sarif('{', '/srv/a b/ä.json').runs;
    expect(run.results[0].locations[0].physicalLocation.artifactLocation).toEqual({
      uri: 'file:///srv/a%20b/%C3%A4.json',
    });
    expect(run.originalUriBaseIds).toBeUndefined();
  });
});
