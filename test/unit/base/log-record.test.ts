import { describe, expect, it } from 'vitest';
import { encodeLogRecord } from '../../../src/base/log-record.js';

const record = { level: 'error', msg: 'cannot "x"\nnow', time: '2026-01-02T03:04:05Z', code: 'IO' } as const;

describe('encodeLogRecord()', () => {
  it('writes level, msg and time first, as containerd and podman read them', () => {
    expect(encodeLogRecord(record, 'json')).toBe(
      '{"level":"error","msg":"cannot \\"x\\"\\nnow","time":"2026-01-02T03:04:05Z","code":"IO"}\n',
    );
  });

  it('writes one line of text', () => {
    expect(encodeLogRecord(record, 'text')).toBe(
      'time="2026-01-02T03:04:05Z" level=error msg="cannot \\"x\\"\\nnow" code=IO\n',
    );
  });
});
