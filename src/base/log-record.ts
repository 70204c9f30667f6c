// Log records in the two formats that managers read: containerd and podman take `msg` of the last line with level "error".

export type LogFormat = 'text' | 'json';
export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

export interface LogRecord {
  readonly level: LogLevel;
  readonly msg: string;
  /** RFC 3339. */
  readonly time: string;
  readonly code?: string | undefined;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** One line with its newline; the three keys level, msg, time come first and are as runc writes them. */
export function encodeLogRecord(record: LogRecord, format: LogFormat): string {
  if (format === 'json') {
    const { level, msg, time, ...more } = record;
    return `${JSON.stringify({ level, msg, time, ...more })}\n`;
  }
  const code = record.code === undefined ? '' : ` code=${record.code}`;
  return `time="${record.time}" level=${record.level} msg=${JSON.stringify(record.msg)}${code}\n`;
}
