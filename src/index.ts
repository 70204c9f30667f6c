// The library: re-exports only.

export { CGROUP_MANAGERS, type CgroupManager } from './base/cgroup-manager.js';
export { type ContainerId, isContainerId, parseContainerId } from './base/container-id.js';
export { type ContainerState, type ContainerStatus, OCI_VERSION } from './base/container-state.js';
export {
  describeProblem,
  type ErrorCode,
  type ErrorOptions,
  SpecError,
  type SpecProblem,
  TsrunError,
} from './base/errors.js';
export { encodeLogRecord, type LogFormat, type LogLevel, type LogRecord } from './base/log-record.js';
export type {
  BlkioStatistics,
  CgroupStatistics,
  CpuStatistics,
  CpusetStatistics,
  HugetlbStatistics,
  MemoryEntry,
  MemoryStatistics,
} from './cgroup/statistics.js';
export type { Finding } from './check/finding.js';
export { type CheckReport, encodeJson as encodeCheckJson } from './check/report/report.js';
export { encodeSarif as encodeCheckSarif } from './check/report/sarif.js';
export { encodeText as encodeCheckText } from './check/report/text.js';
export { RULES as CHECK_RULES } from './check/rules/index.js';
export { notifySocket, passedSocketCount, passedSocketNames, resolveCallerPath } from './host/caller.js';
export { describeSystemError, readStream } from './host/files.js';
export { type HelperInvocation, type HelperOutcome, handOff } from './host/helper.js';
export type { NetworkInterface } from './host/network-devices.js';
export { type Check, type CheckOptions, checkBundle } from './lifecycle/check.js';
export {
  type CreateOptions,
  type Preparation,
  prepareCreate,
  prepareRun,
  type RunOptions,
} from './lifecycle/create.js';
export { prepareDelete } from './lifecycle/delete.js';
export {
  type ContainerEvent,
  type EventsOptions,
  encodeEvent,
  readContainerStatistics,
  type Statistics,
  watchEvents,
} from './lifecycle/events.js';
export { type ExecOptions, type ProcessSource, prepareExec, readProcessFile } from './lifecycle/exec.js';
export { describeFeatures } from './lifecycle/features.js';
export type { Garbage } from './lifecycle/garbage/finding.js';
export { type Collection, type CollectOptions, collectGarbage } from './lifecycle/gc.js';
export { describeStep, type HelperReport, parseReport, reportError } from './lifecycle/helper-report.js';
export { parseSignal, prepareKill } from './lifecycle/kill.js';
export { type Listing, listContainers } from './lifecycle/list.js';
export { preparePause, prepareResume } from './lifecycle/pause.js';
export { type PlanOptions, planBundle } from './lifecycle/plan.js';
export { listProcesses } from './lifecycle/ps.js';
export { checkRoot, defaultRoot } from './lifecycle/root.js';
export { asTsrunError, type Done, type Finished, Runtime, type RuntimeOptions } from './lifecycle/runtime.js';
export { defaultSpec, writeSpec } from './lifecycle/spec.js';
export { prepareStart } from './lifecycle/start.js';
export { readState } from './lifecycle/state.js';
export { type UpdateOptions, type UpdateOutcome, updateContainer } from './lifecycle/update.js';
export { describePlan, planToJson } from './plan/describe.js';
export { encodePlan } from './plan/encode.js';
export type { Op, Plan } from './plan/ops.js';
export type { Process, Resources, Spec } from './spec/types.js';
export { parseResources } from './spec/validate.js';
export { encodeState } from './state/summary.js';
