// Annotations of crun: values that mean nothing, names that are not known, and what is not done.
import { describe, expect, test } from 'vitest';
import { delegatedCgroup, isSwitchedOn, readAnnotation } from '../../../src/spec/annotations.js';
import { problemsOf, warningsOf } from './parsing.js';

const ALLOW = 'BgAAAAAA/38=';
const NOTIFY = 'BgAAAAAAwH8=';

const at = (name: string, value = '1') => ({ annotations: { [`run.oci.${name}`]: value } });

describe('parseSpec() refuses', () => {
  test.each<[string, string, string]>([
    ['hooks.stdout', 'log', 'found "log", must be an absolute path'],
    ['hooks.stderr', './log', 'found "./log", must be an absolute path'],
    ['pidfd_receiver', 'socket', 'found "socket", must be an absolute path'],
    ['seccomp.receiver', 'socket', 'found "socket", must be an absolute path'],
    [
      'delegate-cgroup',
      'a/../../b',
      'found "a/../../b", must be a path below the cgroup of the container, without ".."',
    ],
    [
      'seccomp_bpf_data',
      '/path/of/filter.bpf',
      'is no filter of system calls: must be base64, with its padding and without line breaks',
    ],
    [
      'seccomp_bpf_data',
      NOTIFY,
      'needs an agent in linux.seccomp.listenerPath or annotations["run.oci.seccomp.receiver"], as it answers SECCOMP_RET_USER_NOTIF',
    ],
    ['handler', 'krun', 'is not supported: tsrun runs programs itself, and has no handlers'],
    ['seccomp.plugins', 'x.so', 'is not supported: tsrun loads no plugins, use linux.seccomp.listenerPath'],
  ])('run.oci.%s with %j', (name, value, message) => {
    expect(problemsOf(at(name, value))).toEqual([`annotations["run.oci.${name}"]: ${message}`]);
  });

  test('all of them at once', () => {
    const annotations = { 'run.oci.hooks.stdout': 'a', 'run.oci.hooks.stderr': 'b', 'run.oci.handler': 'wasm' };
    expect(problemsOf({ annotations })).toHaveLength(3);
  });
});

describe('parseSpec() takes', () => {
  test.each<[string, string]>([
    ['hooks.stdout', '/dev/stdout'],
    ['hooks.stderr', ''],
    ['delegate-cgroup', '/payload'],
    ['delegate-cgroup', ''],
    ['keep_original_groups', '0'],
    ['seccomp_bpf_data', ALLOW],
    ['handler', ''],
    ['systemd.subgroup', ''],
    ['mount_context_type', 'fscontext'],
  ])('run.oci.%s with %j, without a word', (name, value) => {
    expect(problemsOf(at(name, value))).toEqual([]);
    expect(warningsOf(at(name, value))).toEqual([]);
  });

  test('an agent in an annotation for rules that notify it', () => {
    const seccomp = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['chmod'], action: 'SCMP_ACT_NOTIFY' }] };
    expect(problemsOf({ linux: { seccomp } })).toHaveLength(1);
    expect(problemsOf({ linux: { seccomp }, ...at('seccomp.receiver', '/run/agent') })).toEqual([]);
  });
});

describe('parseSpec() warns', () => {
  test.each<[string, string, string]>([
    ['systemd.subgroup', 'container', 'is ignored: the scope itself is the cgroup of the container'],
    ['systemd.force_cgroup_v1', '/sys/fs/cgroup', 'is ignored: tsrun has cgroup v2 only'],
    ['timens_offset', '1 2 3', 'is ignored: use linux.timeOffsets'],
    [
      'keep_original_group',
      '1',
      'is ignored: tsrun knows no such annotation, did you mean "run.oci.keep_original_groups"?',
    ],
    ['hooks.stdrr', '/x', 'is ignored: tsrun knows no such annotation, did you mean "run.oci.hooks.stderr"?'],
    ['something.quite.different', '', 'is ignored: tsrun knows no such annotation'],
  ])('of run.oci.%s with %j', (name, value, message) => {
    expect(warningsOf(at(name, value))).toEqual([`annotations["run.oci.${name}"]: ${message}`]);
  });

  test('of no annotation of others', () => {
    expect(warningsOf({ annotations: { 'org.example': '1', 'run.ocix': '2', 'io.podman.annotations': '3' } })).toEqual(
      [],
    );
  });
});

describe('the value of an annotation', () => {
  test('that is empty asks for nothing', () => {
    expect(readAnnotation({ annotations: { a: '' } }, 'a')).toBeUndefined();
    expect(readAnnotation({}, 'a')).toBeUndefined();
    expect(readAnnotation({ annotations: { a: 'b' } }, 'a')).toBe('b');
  });

  test('of a switch is on unless it is "0", as crun has it', () => {
    const states = ['1', '', 'false', '0'].map((value) => isSwitchedOn({ annotations: { a: value } }, 'a'));
    expect(states).toEqual([true, true, true, false]);
    expect(isSwitchedOn({}, 'a')).toBe(false);
  });

  test('that names a cgroup is taken without what a path does not need', () => {
    const of = (value: string) => delegatedCgroup({ annotations: { 'run.oci.delegate-cgroup': value } });
    expect(['/init', 'a//b/', './a', '/', '.'].map(of)).toEqual(['init', 'a/b', 'a', undefined, undefined]);
  });
});
