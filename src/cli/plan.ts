// tsrun plan.
import { describePlan, planBundle, planToJson, resolveCallerPath, TsrunError } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';

export async function plan({ globals, values, positionals, warn }: Invocation): Promise<number> {
  const format = values.format ?? 'text';
  if (format !== 'text' && format !== 'json') {
    throw new TsrunError('USAGE', `unknown format ${JSON.stringify(format)}: must be text or json`);
  }
  const bundle = resolveCallerPath(String(values.bundle ?? positionals[0] ?? '.'));
  const id = typeof values.id === 'string' ? values.id : undefined;
  const { cgroupManager, rootless } = globals;
  const planned = await planBundle(bundle, { id, cgroupManager, rootless, noPivot: values['no-pivot'] === true });
  for (const warning of planned.warnings) warn(warning);
  write(1, format === 'json' ? `${planToJson(planned.plan)}\n` : describePlan(planned.plan));
  return 0;
}
