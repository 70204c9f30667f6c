// tsrun check.
import { isatty } from 'node:tty';
import {
  checkBundle,
  encodeCheckJson,
  encodeCheckSarif,
  encodeCheckText,
  resolveCallerPath,
  TsrunError,
} from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';
import { VERSION } from './version.js';

const FORMATS = ['text', 'json', 'sarif'] as const;

/** Prints what is wrong with a bundle; the status is 1 where that is an error. */
export async function check({ globals, values, positionals }: Invocation): Promise<number> {
  const format = FORMATS.find((name) => name === (values.format ?? 'text'));
  if (format === undefined) {
    throw new TsrunError('USAGE', `unknown format ${JSON.stringify(values.format)}: must be text, json or sarif`);
  }
  const given = String(values.bundle ?? positionals[0] ?? '.');
  const { cgroupManager, rootless } = globals;
  const options = { host: values.host === true, audit: values.audit === true, cgroupManager, rootless, name: given };
  const { report, lines } = await checkBundle(resolveCallerPath(given), options);
  if (format === 'json') write(1, encodeCheckJson(report));
  else if (format === 'sarif') write(1, encodeCheckSarif(report, VERSION));
  else write(1, encodeCheckText(report, lines, wantsColour()));
  return report.errors > 0 ? 1 : 0;
}

/** no-color.org. */
function wantsColour(): boolean {
  return isatty(1) && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}
