// tsrun events.
import { type ContainerEvent, encodeEvent, readContainerStatistics, TsrunError, watchEvents } from '../index.js';
import type { Invocation } from './commands.js';
import { write } from './output.js';

/** As for a program that SIGPIPE (13) has ended, which is how runc's `events` ends when nobody reads on. */
const READER_GONE = 128 + 13;

/** Signals end it by themselves: there is nothing to put away. */
export async function events({ globals, values, positionals }: Invocation): Promise<number> {
  const [id = ''] = positionals;
  const interval = parseInterval(typeof values.interval === 'string' ? values.interval : '5s');
  if (values.stats === true) {
    const data = readContainerStatistics(globals.root, id);
    return print({ type: 'stats', id, data }) ? 0 : READER_GONE;
  }
  for await (const event of watchEvents(globals.root, id, { interval })) if (!print(event)) return READER_GONE;
  return 0;
}

function print(event: ContainerEvent): boolean {
  return write(1, encodeEvent(event));
}

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Milliseconds of a duration as Go writes it (time.ParseDuration): numbers, perhaps with a fraction, each with its unit, such as `1m30s`.
 * @throws TsrunError USAGE for what is none, or not above 0.
 */
export function parseInterval(text: string): number {
  const rest = text.replace(/^[+-]/, '');
  let milliseconds = 0;
  for (const [, number, unit = ''] of rest.matchAll(PART)) milliseconds += Number(number) * (MILLISECONDS[unit] ?? 0);
  const isDuration = rest === '0' || (rest !== '' && rest.replace(PART, '') === '');
  if (!isDuration) {
    throw new TsrunError('USAGE', `unknown interval ${JSON.stringify(text)}: must be a duration`, {
      hint: 'give numbers with units, such as 500ms, 5s or 1m30s; the units are ns, us, ms, s, m and h',
    });
  }
  if (text.startsWith('-') || milliseconds === 0) {
    throw new TsrunError('USAGE', `unusable interval ${JSON.stringify(text)}: must be greater than 0`);
  }
  return milliseconds;
}
