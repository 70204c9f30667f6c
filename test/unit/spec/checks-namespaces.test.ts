import type { Json } from './parsing.js';
import { map, mount, NAMESPACES, table, withUser } from './table.js';

table('checkNamespaces', [
  [{ linux: { namespaces: [{ type: 'pid', path: '/proc/1/ns/pid' }] } }],
  [
    { linux: { namespaces: [{ type: 'pid' }, { type: 'pid', path: 'x' }, { type: 'ipc', path: '' }] } },
    'linux.namespaces[1].type: found "pid" twice, must be there once',
    'linux.namespaces[1].path: found "x", must be an absolute path',
    'linux.namespaces[2].path: found "", must be an absolute path',
  ],
]);

table('checkNamespaceNeeds', [
  [{ hostname: '', mounts: [], linux: { namespaces: [], maskedPaths: [], rootfsPropagation: '', timeOffsets: {} } }],
  [
    {
      hostname: 'h',
      domainname: 'd',
      root: { path: 'r', readonly: true },
      ...mount('/tmp', 'tmpfs', 'tmpfs'),
      linux: {
        namespaces: [],
        maskedPaths: ['/a'],
        readonlyPaths: ['/b'],
        rootfsPropagation: 'slave',
        timeOffsets: { boottime: { secs: 1 } },
        netDevices: { eth0: {} },
      },
    },
    'hostname: needs a namespace of type "uts", linux.namespaces has none',
    'domainname: needs a namespace of type "uts", linux.namespaces has none',
    'mounts: needs a namespace of type "mount", linux.namespaces has none',
    'root.readonly: needs a namespace of type "mount", linux.namespaces has none',
    'linux.maskedPaths: needs a namespace of type "mount", linux.namespaces has none',
    'linux.readonlyPaths: needs a namespace of type "mount", linux.namespaces has none',
    'linux.rootfsPropagation: needs a namespace of type "mount", linux.namespaces has none',
    'linux.timeOffsets: needs a namespace of type "time", linux.namespaces has none',
    'linux.netDevices: needs a namespace of type "network", linux.namespaces has none',
  ],
]);

const ONE = [map(0, 1000, 10)];
table('checkIdMappings', [
  [{ linux: withUser({ gidMappings: [{ containerID: 7, hostID: 1, size: 1 }] }, '/run/userns') }],
  [{ linux: withUser({ uidMappings: ONE, gidMappings: ONE }) }],
  [{ linux: withUser({}, '/run/userns') }],
  [
    { linux: withUser({}) },
    'linux.uidMappings: found no mapping, must have one for a new user namespace',
    'linux.gidMappings: found no mapping, must have one for a new user namespace',
  ],
  [{ linux: { uidMappings: ONE } }, 'linux.uidMappings: needs a namespace of type "user", linux.namespaces has none'],
  [
    { linux: withUser({ uidMappings: [map(1, 0, 5)], gidMappings: ONE }) },
    'process.user.uid: found 0, must be mapped by linux.uidMappings',
    'linux.uidMappings: found no mapping of the id 0, must have one: the container is made as its root',
  ],
  [
    { linux: withUser({ uidMappings: [map(5, 0, 6), map(0, 100, 6), map(20, 5, 1)], gidMappings: ONE }) },
    'linux.uidMappings[0].containerID: found 5, must not overlap with linux.uidMappings[1]',
    'linux.uidMappings[2].hostID: found 5, must not overlap with linux.uidMappings[0]',
  ],
  [
    { linux: withUser({ uidMappings: [map(0, 4294967295, 1), map(5, 1, 0)], gidMappings: ONE }) },
    'linux.uidMappings[0].size: found 1, must not lead past the id 4294967294',
    'linux.uidMappings[1].size: found 0, must be at least 1',
  ],
  [
    { linux: withUser({ uidMappings: Array.from({ length: 341 }, (_, id) => map(id, id, 1)), gidMappings: ONE }) },
    'linux.uidMappings: found 341 mappings, must be at most 340',
  ],
]);

const time = (timeOffsets: Json) => ({ linux: { namespaces: [...NAMESPACES, { type: 'time' }], timeOffsets } });
table('checkTimeOffsets', [
  [time({ boottime: { secs: -5, nanosecs: 999999999 }, monotonic: {} })],
  [time({ realtime: {} }), 'linux.timeOffsets.realtime: found the clock "realtime", must be "boottime" or "monotonic"'],
  [
    time({ boottime: { nanosecs: 1000000000 } }),
    'linux.timeOffsets.boottime.nanosecs: found 1000000000, must be from 0 to 999999999',
  ],
]);
