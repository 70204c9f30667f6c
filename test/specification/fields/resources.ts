// Fields of `linux.resources`: files of the cgroup, and what cgroup v2 has no file for.
import { fields, warned } from '../field.js';

const WARNS = 'unit/plan/resources/compile-resources: of *';
const VALUE = (name: string) => `conformance/cgroup/values: linux.resources.${name}`;
const THROTTLES = [
  'throttleReadBpsDevice[]',
  'throttleWriteBpsDevice[]',
  'throttleReadIOPSDevice[]',
  'throttleWriteIOPSDevice[]',
];

export const RESOURCES = [
  ...fields(
    'linux.resources.devices[]',
    ['allow', 'type', 'major', 'minor', 'access'],
    'load-device-program',
    'integration/device-rules: each access is decided for itself',
    'integration/device-rules: the type and both numbers count',
  ),
  ...fields(
    'linux.resources.memory',
    ['limit', 'reservation', 'swap'],
    'write-cgroup',
    VALUE('memory.limit'),
    VALUE('memory.reservation'),
    VALUE('memory.swap'),
  ),
  ...fields(
    'linux.resources.memory',
    ['checkBeforeUpdate'],
    'src/plan/resources/memory.ts',
    'conformance/cgroup/update-refused: checkBeforeUpdate refuses a limit below what is in use, and keeps the container alive',
  ),
  ...warned(
    'linux.resources.memory',
    ['kernel', 'kernelTCP', 'swappiness', 'disableOOMKiller', 'useHierarchy'],
    'cgroup v2 has no place for it',
    WARNS,
    'unit/plan/resources/schema-coverage: compileResources() makes a setting or a warning of *',
  ),
  ...fields(
    'linux.resources.cpu',
    ['shares', 'quota', 'burst', 'period', 'cpus', 'mems', 'idle'],
    'write-cgroup',
    VALUE('cpu.shares'),
    VALUE('cpu.quota and period'),
    VALUE('cpu.burst'),
    VALUE('cpu.cpus'),
    VALUE('cpu.mems'),
    VALUE('cpu.idle'),
  ),
  ...warned(
    'linux.resources.cpu',
    ['realtimeRuntime', 'realtimePeriod'],
    'cgroup v2 has no limit on realtime tasks',
    WARNS,
    'unit/plan/resources/schema-coverage: compileResources() makes a setting or a warning of *',
  ),
  ...fields('linux.resources.pids', ['limit'], 'write-cgroup', VALUE('pids.limit')),
  ...fields(
    'linux.resources.blockIO',
    ['weight'],
    'write-cgroup-choice',
    'conformance/cgroup/values: is io.weight where there is no BFQ scheduler',
  ),
  ...fields(
    'linux.resources.blockIO.weightDevice[]',
    ['major', 'minor', 'weight'],
    'write-cgroup-choice',
    'conformance/cgroup/values: is io.bfq.weight where there is one, also for a device',
  ),
  ...warned(
    'linux.resources.blockIO',
    ['leafWeight', 'weightDevice[].leafWeight'],
    'cgroup v2 has no leaf weights',
    WARNS,
    'unit/plan/resources/schema-coverage: compileResources() makes a setting or a warning of *',
  ),
  ...THROTTLES.flatMap((list) =>
    fields(
      `linux.resources.blockIO.${list}`,
      ['major', 'minor', 'rate'],
      'write-cgroup',
      VALUE('blockIO.throttle…Device'),
    ),
  ),
  ...fields('linux.resources.hugepageLimits[]', ['pageSize', 'limit'], 'write-cgroup', VALUE('hugepageLimits')),
  ...warned(
    'linux.resources.network',
    ['classID', 'priorities[].name', 'priorities[].priority'],
    'cgroup v2 has no controllers net_cls and net_prio',
    WARNS,
    'unit/plan/resources/schema-coverage: compileResources() makes a setting or a warning of *',
  ),
  ...fields(
    'linux.resources.rdma.*',
    ['hcaHandles', 'hcaObjects'],
    'write-cgroup',
    'conformance/cgroup/values: is rdma.max',
  ),
  ...fields('linux.resources.unified', ['*'], 'write-cgroup', VALUE('unified')),
];
