// `tsrun-engine @report FD STATUS ARGV…`: the helper has become the engine again, because something has to be worded.
import { describeStep, type HelperOutcome, parseReport, readStream, reportError } from '../index.js';
import { GLOBAL_FLAGS, type Invocation } from './commands.js';
import { scanFlags } from './flags.js';
import { parseLine, readGlobals, statusOf } from './main.js';
import { printError, printWarning } from './output.js';

/** Bytes; c/record.c keeps less. */
const MAX_RECORD = 1024 * 1024;

/** Prints the helper's warnings and its failure; answers the exit status of the whole command. */
export async function report([fd = '', status = '1', ...argv]: readonly string[]): Promise<number> {
  const scanned = scanFlags(argv, GLOBAL_FLAGS, true);
  const line = await parseLine(argv, scanned, scanned === null ? null : readGlobals(scanned.values));
  if (typeof line === 'string') return Number(status);
  const helperReport = parseReport(readStream(Number(fd), MAX_RECORD, 'the record of the helper').toString());
  for (const step of helperReport.warnings) printWarning(describeStep(step), line.globals);
  if (helperReport.failure === null) return Number(status);
  const undertaking = { verb: line.command.name, id: line.positionals[0] ?? '' };
  printError(reportError(helperReport, undertaking), line.globals);
  return statusOf(line);
}

/**
 * Prints the warnings of a helper that ran as a child and answers its exit status.
 * @throws TsrunError what its failure amounts to.
 */
export function wordOutcome(outcome: HelperOutcome, { verb, positionals, warn }: Invocation): number {
  const helperReport = parseReport(outcome.record);
  for (const step of helperReport.warnings) warn(describeStep(step));
  if (helperReport.failure === null && outcome.status !== null) return outcome.status;
  throw reportError(helperReport, { verb, id: positionals[0] ?? '' });
}
