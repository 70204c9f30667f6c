import { describe, expect, test } from 'vitest';
import { parseAnnotations } from '../../../../src/plan/systemd/annotations.js';

const annotate = (name: string, text: string) => parseAnnotations({ [`org.systemd.property.${name}`]: text });

describe('parseAnnotations()', () => {
  test.each([
    ['CollectMode', "'inactive-or-failed'", 's', ['inactive-or-failed']],
    ['CollectMode', ' "a b" ', 's', ['a b']],
    ['Description', "'it\\'s \"\\u00e4\\U0001f600\\n\\\\'", 's', ['it\'s "ä😀\n\\']],
    ['Description', "'a\\\nb\\tc\\d'", 's', ['ab\tcd']],
    ['Description', "'-x'", 's', ['-x']],
    ['Description', '@s "x"', 's', ['x']],
    ['Description', 'string "x"', 's', ['x']],
    ['SendSIGHUP', 'true', 'b', ['true']],
    ['SendSIGHUP', 'boolean false', 'b', ['false']],
    ['KillSignal', '15', 'i', ['15']],
    ['KillSignal', '-1', 'i', ['-1']],
    ['KillSignal', '+0x1F', 'i', ['31']],
    ['KillSignal', '017', 'i', ['15']],
    ['KillSignal', '0', 'i', ['0']],
    ['Abc', 'byte 255', 'y', ['255']],
    ['Abc', 'int16 -32768', 'n', ['-32768']],
    ['Abc', 'uint16 65535', 'q', ['65535']],
    ['Abc', 'uint32 4294967295', 'u', ['4294967295']],
    ['Abc', 'int64 -9223372036854775808', 'x', ['-9223372036854775808']],
    ['TimeoutStopUSec', 'uint64 123456789', 't', ['123456789']],
    ['TimeoutStopUSec', '@t 18446744073709551615', 't', ['18446744073709551615']],
    ['Abc', '1.5', 'd', ['1.5']],
    ['Abc', '1e3', 'd', ['1000']],
    ['Abc', 'double 2', 'd', ['2']],
    ['Abc', "objectpath '/a/b'", 'o', ['/a/b']],
    ['After', "['a.service', 'b.service']", 'as', ['2', 'a.service', 'b.service']],
    ['After', '@as []', 'as', ['0']],
    ['After', '@as ["x"]', 'as', ['1', 'x']],
    ['Abc', '[1, -2]', 'ai', ['2', '1', '-2']],
    ['Abc', '[byte 1, 2]', 'ay', ['2', '1', '2']],
    ['Abc', '[1, uint64 2]', 'at', ['2', '1', '2']],
    ['Abc', '[1, 2.5]', 'ad', ['2', '1', '2.5']],
    ['AllowedCPUs', '@ay [1,0x80]', 'ay', ['2', '1', '128']],
  ])('takes %s of %s for type %s and %j', (name, text, signature, values) => {
    expect(annotate(name, text)).toEqual({ properties: [{ name, signature, values }], problems: [] });
  });

  test.each([
    ['TimeoutStopSec', '5', 'TimeoutStopUSec', '5000000'],
    ['TimeoutStopSec', 'uint64 5', 'TimeoutStopUSec', '5000000'],
    ['TimeoutStopSec', 'byte 5', 'TimeoutStopUSec', '5000000'],
    ['RuntimeMaxSec', '1.5', 'RuntimeMaxUSec', '1500000'],
    ['RuntimeMaxSec', '0.0000015', 'RuntimeMaxUSec', '2'],
    ['RuntimeMaxSec', 'uint64 18446744073708', 'RuntimeMaxUSec', '18446744073708000000'],
  ])('turns the seconds of %s %s into %s %s', (name, text, property, microseconds) => {
    expect(annotate(name, text)).toEqual({
      properties: [{ name: property, signature: 't', values: [microseconds] }],
      problems: [],
    });
  });

  test.each([
    ['TimeoutStopSec', "'5'", 'found "\'5\'", must be a number of seconds'],
    ['TimeoutStopSec', '-5', 'found "-5", must be a number of seconds'],
    ['TimeoutStopSec', '-0.5', 'found "-0.5", must be a number of seconds'],
    ['TimeoutStopSec', '[5]', 'found "[5]", must be a number of seconds'],
    ['TimeoutStopSec', 'uint64 18446744073710', 'must be a number of seconds'],
    ['Ab', '1', "must end in a property's name, at least three letters"],
    ['A.bc', '1', "must end in a property's name, at least three letters"],
    ['Abc1', '1', "must end in a property's name, at least three letters"],
    ['PIDs', '[uint32 1]', 'cannot be set: only the container itself can be in its scope'],
    ['Slice', "'a.slice'", 'cannot be set: the cgroup is where linux.cgroupsPath says'],
    ['Delegate', 'false', 'cannot be set: the container needs its cgroup delegated whole'],
    ['DelegateControllers', "['cpu']", 'cannot be set: the container needs its cgroup delegated whole'],
    ['Abc', '', 'a value is expected after character 0'],
    ['Abc', 'abc', 'no value begins with "abc"; text needs quotes'],
    ['Abc', 'constructor 1', 'no value begins with "constructor"'],
    ['Abc', '1 2', 'nothing is expected after character 2'],
    ['Abc', '"x', 'the text\'s closing " is missing'],
    ['Abc', '"\\u12"', 'is no character'],
    ['Abc', 'byte byte 1', 'a value is expected after character 5'],
    ['Abc', '1'.repeat(1_000_000), 'does not fit type "i"'],
    ['Abc', '"\\ud800"', 'is no character'],
    ['Abc', '"\0"', 'text cannot hold a NUL'],
    ['Abc', '2147483648', '2147483648 does not fit type "i"'],
    ['Abc', 'byte 256', '256 does not fit type "y", which is from 0 to 255'],
    ['Abc', 'uint64 -1', '-1 does not fit type "t"'],
    ['Abc', '089', '"089" is no octal number'],
    ['Abc', 'uint64 1.5', '"1.5" is no value of type "t"'],
    ['Abc', 'uint64 "5"', '"5" is no value of type "t"'],
    ['Abc', '@s 5', '"5" is no value of type "s"'],
    ['Abc', '@s true', '"true" is no value of type "s"'],
    ['Abc', '1e999', '"1e999" is no number that fits type "d"'],
    ['Abc', '@t byte 5', 'the types "y" and "t" exclude each other'],
    ['Abc', '[]', 'an empty list needs its type, such as "@as []"'],
    ['Abc', '[1', '"," or "]" is expected after character 2'],
    ['Abc', '[1 2]', '"," or "]" is expected after character 3'],
    ['Abc', "[1, 'a']", '"a" is no value of type "i"'],
    ['Abc', '[byte 1, uint64 2]', 'exclude each other'],
    ['Abc', '@t [1]', 'type "t" wants no list'],
    ['Abc', '@at 1', 'type "at" wants a list in brackets'],
    ['Abc', '<1>', 'a value is expected after character 0'],
    ['Abc', "('/dev/null', 'rw')", 'a value is expected after character 0'],
  ])('refuses %s of %j', (name, text, message) => {
    const { properties, problems } = annotate(name, text);
    expect(properties).toEqual([]);
    expect(problems).toEqual([
      { path: `annotations["org.systemd.property.${name}"]`, message: expect.stringContaining(message) },
    ]);
  });

  test('refuses a property that is set in both spellings', () => {
    const annotations = {
      'org.systemd.property.TimeoutStopUSec': 'uint64 1',
      'org.systemd.property.TimeoutStopSec': '1',
    };
    expect(parseAnnotations(annotations).problems).toEqual([
      {
        path: 'annotations["org.systemd.property.TimeoutStopSec"]',
        message: 'sets TimeoutStopUSec, which another annotation sets, too',
      },
    ]);
  });

  test('leaves other annotations alone, and none', () => {
    const nothing = { properties: [], problems: [] };
    expect(parseAnnotations({ 'org.systemd.propertyX': 'x', 'com.example': 'y' })).toEqual(nothing);
    expect(parseAnnotations(undefined)).toEqual(nothing);
  });
});
