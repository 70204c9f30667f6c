// Who writes the id maps of a new user namespace, and what a joined one has to map: user_namespaces(7).

import { describe, expect, test } from 'vitest';
import type { IdFacts } from '../../../src/base/host-facts.js';
import type { IDMapping, Linux, Spec } from '../../../src/spec/types.js';
import { type Changes, compile, createOps, problemsOf, specWith } from './samples.js';

const UID = 1000;
const GID = 1001;
const USER: IdFacts = {
  gid: GID,
  mapsUids: false,
  mapsGids: false,
  uidMapper: '/usr/bin/newuidmap',
  gidMapper: '/usr/bin/newgidmap',
  deniesGroups: false,
  joined: null,
};
const ROOT: IdFacts = { ...USER, gid: 0, mapsUids: true, mapsGids: true, uidMapper: null, gidMapper: null };

const line = (containerID: number, hostID: number, size: number): IDMapping => ({ containerID, hostID, size });
const RANGE = line(1, 200_000, 65_536);

function as(ids: Partial<IdFacts>, uid = UID): Changes {
  return { facts: { uid, ids: { ...USER, ...ids } } };
}

function mapping(
  uids: IDMapping[],
  gids: IDMapping[],
  user: NonNullable<Spec['process']>['user'] = { uid: 0, gid: 0 },
) {
  const linux: Linux = { namespaces: [{ type: 'user' }, { type: 'mount' }], uidMappings: uids, gidMappings: gids };
  return specWith({ linux, process: { args: ['sh'], cwd: '/', user } });
}

const WRITING = ['deny-setgroups', 'set-id-map', 'call-id-mapper'] as const;
const OWN = mapping([line(0, UID, 1)], [line(0, GID, 1)]);
const RANGES = mapping([line(0, UID, 1), RANGE], [line(0, GID, 1), RANGE]);

describe('the maps of a new user namespace', () => {
  test('are written by who has the capabilities, and groups stay free', () => {
    expect(createOps(RANGES, WRITING, { facts: { uid: 0, ids: ROOT } })).toEqual([
      { op: 'set-id-map', file: 'uid_map', map: `0 ${UID} 1\n1 200000 65536\n` },
      { op: 'set-id-map', file: 'gid_map', map: `0 ${GID} 1\n1 200000 65536\n` },
    ]);
  });

  test('with nothing but the own ids are written by anybody, who gives up groups for it', () => {
    expect(createOps(OWN, WRITING, as({}))).toEqual([
      { op: 'deny-setgroups' },
      { op: 'set-id-map', file: 'uid_map', map: `0 ${UID} 1\n` },
      { op: 'set-id-map', file: 'gid_map', map: `0 ${GID} 1\n` },
    ]);
  });

  test('are otherwise written by newuidmap and newgidmap, and groups stay free', () => {
    expect(createOps(RANGES, WRITING, as({}))).toEqual([
      {
        op: 'call-id-mapper',
        file: 'uid_map',
        program: '/usr/bin/newuidmap',
        ranges: ['0', String(UID), '1', '1', '200000', '65536'],
      },
      {
        op: 'call-id-mapper',
        file: 'gid_map',
        program: '/usr/bin/newgidmap',
        ranges: ['0', String(GID), '1', '1', '200000', '65536'],
      },
    ]);
  });

  test('are looked at one by one', () => {
    const names = (spec: Spec, changes: Changes) => createOps(spec, WRITING, changes).map(({ op }) => op);
    expect(names(mapping([line(0, UID, 1)], [RANGE, line(0, GID, 1)]), as({}))).toEqual([
      'set-id-map',
      'call-id-mapper',
    ]);
    expect(names(mapping([line(0, UID, 1), RANGE], [line(0, GID, 1)]), as({}))).toEqual([
      'deny-setgroups',
      'call-id-mapper',
      'set-id-map',
    ]);
    expect(names(RANGES, as({ mapsGids: true }))).toEqual(['call-id-mapper', 'set-id-map']);
    // Another's id, two ids, and an id of the other kind are not the own.
    expect(names(mapping([line(0, GID, 1)], [line(0, UID, 1)]), as({}))).toEqual(['call-id-mapper', 'call-id-mapper']);
    expect(names(mapping([line(0, UID, 2)], [line(0, GID, 2)]), as({}))).toEqual(['call-id-mapper', 'call-id-mapper']);
  });

  test('of root without the capabilities are not written by root', () => {
    const spec = mapping([line(0, 0, 10)], [line(0, 0, 1)]);
    expect(createOps(spec, WRITING, as({ gid: 0 }, 0)).map(({ op }) => op)).toEqual([
      'deny-setgroups',
      'call-id-mapper',
      'set-id-map',
    ]);
  });

  test('need the program that writes them', () => {
    expect(problemsOf(RANGES, as({ uidMapper: null, gidMapper: null }))).toEqual([
      'linux.uidMappings: maps other ids than 1000, the own: that takes root, or newuidmap(1), which this host has not (package uidmap)',
      'linux.gidMappings: maps other ids than 1001, the own: that takes root, or newgidmap(1), which this host has not (package uidmap)',
    ]);
    expect(problemsOf(OWN, as({ uidMapper: null, gidMapper: null }))).toEqual([]);
  });
});

describe('supplementary groups', () => {
  const DENIED =
    'process.user.additionalGids: cannot set any additional groups: setgroups(2) is denied in the user namespace, as its groups are mapped without newgidmap(1)';
  const groups = { uid: 0, gid: 0, additionalGids: [0] };

  test.each([
    ['with the own group alone', mapping([line(0, UID, 1)], [line(0, GID, 1)], groups), as({}), [DENIED]],
    ['with ranges', mapping([line(0, UID, 1)], [line(0, GID, 1), RANGE], groups), as({}), []],
    ['of root', mapping([line(0, 0, 1)], [line(0, 0, 1)], groups), { facts: { uid: 0, ids: ROOT } }, []],
    [
      'in a user namespace that denies them',
      mapping([line(0, 0, 1)], [line(0, 0, 1)], groups),
      { facts: { uid: 0, inUserNamespace: true, ids: { ...ROOT, deniesGroups: true } } },
      [DENIED],
    ],
  ])('%s', (_, spec, changes, problems) => {
    expect(problemsOf(spec, changes)).toEqual(problems);
  });

  test('that are denied already are not denied again', () => {
    expect(createOps(OWN, ['deny-setgroups'], as({ deniesGroups: true }))).toEqual([]);
  });
});

describe('a user namespace that is joined', () => {
  const PATH = '/ns/user';
  const joined = { uidMap: [line(0, 5000, 10), line(10, 5010, 10)], gidMap: [line(0, 6000, 10)], deniesGroups: false };

  function joining(parts: Partial<Linux> = {}, user: NonNullable<Spec['process']>['user'] = { uid: 0, gid: 0 }): Spec {
    const linux: Linux = { namespaces: [{ type: 'mount' }, { type: 'user', path: PATH }], ...parts };
    return specWith({ linux, process: { args: ['sh'], cwd: '/', user } });
  }

  const facts = { facts: { ids: { ...ROOT, joined } } };

  test('is not mapped', () => {
    expect(createOps(joining({ gidMappings: [line(0, 6000, 10)] }), WRITING, facts)).toEqual([]);
  });

  test('may be repeated, in any order and division', () => {
    const { warnings } = compile(joining({ uidMappings: [line(5, 5005, 15), line(0, 5000, 5)] }), facts);
    expect(warnings).toEqual([
      'linux.uidMappings has no effect: the user namespace with a path has these mappings already',
    ]);
  });

  test('may not be contradicted', () => {
    expect(problemsOf(joining({ uidMappings: [line(0, 5000, 21)], gidMappings: [line(0, 6001, 10)] }), facts)).toEqual([
      'linux.uidMappings: differs from what the user namespace with a path has: 0 5000 10, 10 5010 10',
      'linux.gidMappings: differs from what the user namespace with a path has: 0 6000 10',
    ]);
  });

  test('has to map the ids of the process', () => {
    expect(problemsOf(joining({}, { uid: 20, gid: 10, additionalGids: [9, 11] }), facts)).toEqual([
      `process.user.uid: found 20, must be mapped by the user namespace "${PATH}"`,
      `process.user.gid: found 10, must be mapped by the user namespace "${PATH}"`,
      `process.user.additionalGids[1]: found 11, must be mapped by the user namespace "${PATH}"`,
    ]);
    expect(problemsOf(joining({}, { uid: 19, gid: 9, additionalGids: [0] }), facts)).toEqual([]);
  });

  test('has to map its root', () => {
    const ids = { ...ROOT, joined: { ...joined, uidMap: [line(1, 5000, 10)] } };
    expect(problemsOf(joining({}, { uid: 1, gid: 0 }), { facts: { ids } })).toEqual([
      'linux.namespaces[1].path: must map the uid 0 and the gid 0: the container is made as its root',
    ]);
  });

  test('can deny groups', () => {
    const ids = { ...ROOT, joined: { ...joined, deniesGroups: true } };
    expect(problemsOf(joining({}, { uid: 0, gid: 0, additionalGids: [1] }), { facts: { ids } })).toHaveLength(1);
  });

  test('that cannot be read is left to who joins it', () => {
    expect(problemsOf(joining({ uidMappings: [line(0, 1, 1)] }, { uid: 7, gid: 7 }), { facts: { ids: ROOT } })).toEqual(
      [],
    );
  });
});
