// tsrun spec.
import { defaultSpec, resolveCallerPath, writeSpec } from '../index.js';
import type { Invocation } from './commands.js';

export async function spec({ values }: Invocation): Promise<number> {
  writeSpec(resolveCallerPath(String(values.bundle ?? '.')), defaultSpec(values.rootless === true));
  return 0;
}
