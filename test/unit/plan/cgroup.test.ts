import { describe, expect, it, test } from 'vitest';
import type { Mount, Resources, Spec } from '../../../src/spec/types.js';
import { FACTS as RESOURCE_FACTS } from './resources/samples.js';
import { type Changes, compile, createOps, problemsOf, specWith } from './samples.js';

const root = '/sys/fs/cgroup';
const path = '/web';
const usual = {
  op: 'enable-controllers',
  root,
  path,
  controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids', 'hugetlb', 'rdma'],
  denial: 'ignore',
};
const required = (...controllers: string[]) => ({ op: 'enable-controllers', root, path, controllers, denial: 'error' });
const limited: Changes = { facts: { resources: RESOURCE_FACTS } };
const hybrid: Changes = { facts: { resources: { ...RESOURCE_FACTS, hybrid: true }, hybridCgroup: true } };

const specOf = (resources: Resources, parts: Partial<Spec['linux']> = {}) =>
  specWith({ linux: { namespaces: [{ type: 'mount' }], resources, ...parts } });

const writes = (resources: Resources, changes = limited) =>
  createOps(specOf(resources), ['write-cgroup', 'write-cgroup-choice'], changes);

/** What is done before init is there, without what is taken from the host's file systems. */
function before(spec: Spec, changes: Changes): string[] {
  const names = compile(spec, changes).plan.sections.create.map(({ op }) => op);
  return names.slice(0, names.indexOf('spawn-init')).filter((name) => name !== 'open-tree');
}

describe('makeCgroup()', () => {
  test('takes the cgroup, enables controllers, loads the device program, writes limits, hands it over', () => {
    const spec = specWith({
      linux: {
        namespaces: [{ type: 'mount' }, { type: 'cgroup' }, { type: 'user' }],
        uidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
        gidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
        resources: { pids: { limit: 5 }, memory: { limit: 8192 } },
      },
      mounts: [{ destination: '/sys/fs/cgroup', type: 'cgroup' }],
    });
    expect(before(spec, limited)).toEqual([
      'open-cgroup',
      'enable-controllers',
      'enable-controllers',
      'load-device-program',
      'write-cgroup',
      'write-cgroup',
      'delegate-cgroup',
    ]);
  });

  it.each<[string, Resources, Changes, unknown[]]>([
    ['the usual ones where they can be, without limits', {}, {}, [usual]],
    ['what a limit needs, or the plan stops', { pids: { limit: 5 } }, limited, [usual, required('pids')]],
    [
      'each that is needed once',
      { memory: { limit: 8192, reservation: 4096 }, unified: { 'misc.max': 'a 1', 'memory.high': '1' } },
      limited,
      [usual, required('memory', 'misc')],
    ],
    ['nothing more for what asks for a default', { pids: { limit: -1 }, memory: { limit: -1 } }, limited, [usual]],
    ['nothing more for files that every cgroup has', { unified: { 'cgroup.max.depth': '1' } }, limited, [usual]],
    ['none beside v1 hierarchies', {}, hybrid, []],
    [
      'beside v1 hierarchies what is needed',
      { hugepageLimits: [{ pageSize: '2MB', limit: 0 }] },
      hybrid,
      [required('hugetlb')],
    ],
  ])('enables %s', (_, resources, changes, ops) => {
    expect(createOps(specOf(resources), ['enable-controllers'], changes)).toEqual(ops);
  });

  it.each<[string, Resources, unknown[]]>([
    [
      'a limit',
      { pids: { limit: 5 } },
      [{ op: 'write-cgroup', file: 'pids.max', value: '5', for: 'linux.resources.pids.limit', denial: 'error' }],
    ],
    [
      'a default, content where the file is not there',
      { pids: { limit: -1 } },
      [{ op: 'write-cgroup', file: 'pids.max', value: 'max', for: 'linux.resources.pids.limit', denial: 'ignore' }],
    ],
    [
      'what an older kernel lacks, content as well',
      { hugepageLimits: [{ pageSize: '2MB', limit: 3 }] },
      [
        ['hugetlb.2MB.max', 'error'],
        ['hugetlb.2MB.rsvd.max', 'ignore'],
      ].map(([file, denial]) => ({
        op: 'write-cgroup',
        file,
        value: '3',
        for: 'linux.resources.hugepageLimits[0]',
        denial,
      })),
    ],
    [
      'the first file of a choice that is there',
      { blockIO: { weight: 20 } },
      [
        {
          op: 'write-cgroup-choice',
          files: ['io.bfq.weight', 'io.weight'],
          values: ['20', '102'],
          for: 'linux.resources.blockIO.weight',
        },
      ],
    ],
  ])('writes %s', (_, resources, ops) => {
    expect(writes(resources)).toEqual(ops);
  });

  test('names every limit that the tree has no controller for', () => {
    const bare: Changes = { facts: { resources: { ...RESOURCE_FACTS, controllers: ['hugetlb'] } } };
    expect(problemsOf(specOf({ pids: { limit: 5 }, cpu: { shares: 5 }, memory: { limit: -1 } }), bare)).toEqual([
      'linux.resources.pids.limit: the cgroup2 tree has no controller "pids" (it has "hugetlb")',
      'linux.resources.cpu.shares: the cgroup2 tree has no controller "cpu"',
    ]);
  });

  test('warns of what cgroup v2 does not have', () => {
    expect(compile(specOf({ memory: { kernel: 5 } }), limited).warnings).toEqual([
      'linux.resources.memory.kernel: ignored: cgroup v2 counts memory of the kernel in the limit on memory',
    ]);
  });
});

describe('the owner of a cgroup', () => {
  const MOUNT: Mount = { destination: '/sys/fs/cgroup', type: 'cgroup' };
  const mapped = {
    uidMappings: [
      { containerID: 0, hostID: 100000, size: 10 },
      { containerID: 50, hostID: 200000, size: 10 },
    ],
    gidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
  };

  function ownerOf(types: ('cgroup' | 'user')[], uid: number, mounts: Mount[]): number | null {
    const spec = specWith({
      process: { args: ['sh'], cwd: '/', user: { uid, gid: 0 } },
      mounts,
      linux: {
        namespaces: [{ type: 'mount' }, ...types.map((type) => ({ type }))],
        ...(types.includes('user') ? mapped : {}),
      },
    });
    return createOps(spec, ['delegate-cgroup'])[0]?.uid ?? null;
  }

  it.each<[string, ('cgroup' | 'user')[], number, Mount[], number | null]>([
    ['root of a user namespace', ['cgroup', 'user'], 0, [MOUNT], 100000],
    ['a user of a second mapping', ['cgroup', 'user'], 53, [MOUNT], 200003],
    ['the last user of a mapping', ['cgroup', 'user'], 9, [MOUNT], 100009],
    ['a user of the host', ['cgroup'], 1000, [{ ...MOUNT, type: 'cgroup2' }], 1000],
    ['nobody new where it is root already', ['cgroup'], 0, [MOUNT], null],
    ['nobody without a cgroup namespace', ['user'], 0, [{ ...MOUNT, options: ['rw'] }], null],
    ['nobody where it is mounted read-only', ['cgroup', 'user'], 0, [{ ...MOUNT, options: ['ro'] }], null],
    ['nobody where it is read-only with all below', ['cgroup', 'user'], 0, [{ ...MOUNT, options: ['rro'] }], null],
    ['nobody where it is not mounted', ['cgroup', 'user'], 0, [], null],
    [
      'root where one of two mounts is writable',
      ['cgroup', 'user'],
      0,
      [
        { ...MOUNT, options: ['ro'] },
        { ...MOUNT, destination: '/c' },
      ],
      100000,
    ],
    ['root where ro was taken back', ['cgroup', 'user'], 0, [{ ...MOUNT, options: ['ro', 'rw'] }], 100000],
  ])('is %s', (_, types, uid, mounts, owner) => {
    expect(ownerOf(types, uid, mounts)).toBe(owner);
  });
});

describe('without a cgroup', () => {
  const disabled: Changes = { ...limited, request: { cgroupManager: 'disabled' } };
  const resources: Resources = {
    pids: { limit: 5 },
    unified: { 'cgroup.max.depth': '1' },
    devices: [{ allow: true, access: 'r' }],
    memory: {},
    hugepageLimits: [],
  };

  test('nothing is done for one, and one warning names what is not applied', () => {
    const { plan, warnings } = compile(specOf(resources), disabled);
    const ops = [...plan.sections.create, ...plan.sections.teardown].map(({ op }) => op);
    expect(ops.filter((op) => /cgroup|scope|controllers|device-program/.test(op))).toEqual([]);
    expect(warnings).toEqual([
      'cgroups are disabled, so these are not applied: linux.resources.pids, linux.resources.unified, linux.resources.devices',
    ]);
  });

  test('there is no warning where nothing is asked for', () => {
    expect(compile(specOf({ memory: {} }), disabled).warnings).toEqual([]);
  });
});

describe('a scope of systemd', () => {
  const systemd = { busctl: '/usr/bin/busctl', user: false, environment: ['A=b'], controlGroup: '' };
  const bySystemd: Changes = {
    facts: { resources: RESOURCE_FACTS, systemd },
    request: { cgroupManager: 'systemd' },
  };
  const place = { root, path: '/system.slice/tsrun-web.scope' };

  test('is started with the limits that it has properties for, and every file is written all the same', () => {
    const { create } = compile(specOf({ pids: { limit: 5 } }, { cgroupsPath: 'system.slice:tsrun:web' }), bySystemd)
      .plan.sections;
    expect(create[0]).toMatchObject({ op: 'start-scope', ...place, unit: 'tsrun-web.scope', env: ['A=b'] });
    expect(create[0]).toMatchObject({ head: expect.arrayContaining(['StartTransientUnit', 'TasksMax', '5', 'PIDs']) });
    expect(create.slice(1, 5).map(({ op }) => op)).toEqual([
      'enable-controllers',
      'enable-controllers',
      'load-device-program',
      'write-cgroup',
    ]);
  });

  test('is killed, stopped and removed', () => {
    const { teardown } = compile(specOf({}, { cgroupsPath: 'system.slice:tsrun:web' }), bySystemd).plan.sections;
    expect(teardown.slice(0, 3)).toEqual([
      { op: 'kill-cgroup', ...place },
      {
        op: 'stop-scope',
        ...place,
        unit: 'tsrun-web.scope',
        env: ['A=b'],
        stop: expect.arrayContaining(['StopUnit', 'tsrun-web.scope']),
        reset: expect.arrayContaining(['ResetFailedUnit', 'tsrun-web.scope']),
      },
      { op: 'remove-cgroup', ...place },
    ]);
  });
});

describe('without root', () => {
  const controlGroup = '/user.slice/user-7.slice/user@7.service';
  const systemd = { busctl: '/usr/bin/busctl', user: true, environment: ['XDG_RUNTIME_DIR=/run/user/7'], controlGroup };
  const scoped: Changes = { facts: { uid: 7, systemd }, request: { cgroupManager: 'systemd' } };
  const map = [{ containerID: 0, hostID: 7, size: 1 }];
  const spec = specWith({
    linux: { namespaces: [{ type: 'mount' }, { type: 'user' }], uidMappings: map, gidMappings: map },
    mounts: [{ destination: '/data', type: 'bind', source: '/srv' }],
  });

  test('init is moved into the scope of the user right after its birth, before its ids are mapped', () => {
    const names = compile(spec, scoped).plan.sections.create.map(({ op }) => op);
    const at = names.indexOf('spawn-init');
    expect(names.slice(at - 1, at + 3)).toEqual(['leave-cgroup', 'spawn-init', 'attach-to-scope', 'deny-setgroups']);
    const [attach] = createOps(spec, ['attach-to-scope'], scoped);
    expect(attach?.path).toBe(`${controlGroup}/user.slice/tsrun-web.scope`);
    expect(attach?.head.slice(-5)).toEqual(['AttachProcessesToUnit', 'ssau', 'tsrun-web.scope', '', '1']);
  });

  test('init takes the sources of binds, before it has mounted anything', () => {
    const names = compile(spec, scoped).plan.sections.create.map(({ op }) => op);
    expect(names).not.toContain('open-tree');
    expect(names[names.indexOf('set-host-propagation') + 1]).toBe('open-host-tree');
    expect(names.lastIndexOf('open-host-tree')).toBeLessThan(names.indexOf('bind-rootfs'));
  });

  test('root does neither', () => {
    const names = compile(spec, {
      ...scoped,
      facts: { ...scoped.facts, uid: 0, systemd: { ...systemd, user: false } },
    });
    const ops = names.plan.sections.create.map(({ op }) => op);
    for (const op of ['leave-cgroup', 'attach-to-scope', 'open-host-tree'] as const) expect(ops).not.toContain(op);
  });
});
