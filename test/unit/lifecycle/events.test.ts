import { describe, expect, it } from 'vitest';
import { encodeEvent, TsrunError, watchEvents } from '../../../src/index.js';

describe('encodeEvent()', () => {
  it('is one line, without data for an oom', () => {
    expect(encodeEvent({ type: 'oom', id: 'web' })).toBe('{"type":"oom","id":"web"}\n');
  });

  it('keeps every digit of a number of 64 bits', () => {
    const limit = 18446744073709551615n;
    const memory = { limit, usage: 9007199254740993n, max: 0n, failcnt: 0n };
    const data = { memory, psi: { avg10: 0.12 }, cpus: [0, 1], op: 'Read', network_interfaces: null };
    // Any data is encoded alike: the whole of a container's is compared in the integration tests.
    expect(encodeEvent({ type: 'stats', id: 'web', data } as unknown as Parameters<typeof encodeEvent>[0])).toBe(
      '{"type":"stats","id":"web","data":{"memory":{"limit":18446744073709551615,"usage":9007199254740993,"max":0,"failcnt":0},' +
        '"psi":{"avg10":0.12},"cpus":[0,1],"op":"Read","network_interfaces":null}}\n',
    );
  });
});

describe('watchEvents()', () => {
  it.each([0, -1, Number.NaN])('refuses an interval of %d', async (interval) => {
    const failure = await watchEvents('/absent', 'web', { interval })
      .next()
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TsrunError);
    expect((failure as TsrunError).code).toBe('USAGE');
  });
});
