// What has no state directory any more is removed by a plan of its own, which is handed to the helper and kept nowhere.
import { TsrunError } from '../../base/errors.js';
import { runHelper } from '../../host/helper.js';
import { encodePlan } from '../../plan/encode.js';
import { type Op, PLAN_VERSION } from '../../plan/ops.js';
import { describeStep, parseReport } from '../helper-report.js';

/** @throws TsrunError HELPER_FAILED, with `what` for its name. */
export async function collect(root: string, what: string, op: Op): Promise<void> {
  const plan = encodePlan({ version: PLAN_VERSION, sections: { create: [], start: [], teardown: [op] } });
  const { status, record } = await runHelper({ mode: 'collect', stateDirectory: root, plan });
  if (status === 0) return;
  const { failure } = parseReport(record);
  const why = failure === null ? 'the helper ended without an answer' : describeStep(failure);
  throw new TsrunError('HELPER_FAILED', `cannot remove ${what}: ${why}`, { details: { record } });
}
