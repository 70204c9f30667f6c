// The kernel's log, for what is told nowhere else.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { errnoName } from './files.js';

/** A record of /dev/kmsg is at most 8 KiB (Documentation/ABI/testing/dev-kmsg). */
const MAX_RECORD = 8192;

/**
 * How many processes of this cgroup, and of those below it, the kernel has killed for want of memory, as far as its log tells: it forgets old
 * lines, and leaves some out when there are many at a time (dump_header(), rate-limited). 0 where it may not be read.
 * @param cgroup path in the cgroup2 tree
 * @param since seconds since boot
 */
export function countLoggedOomKills(cgroup: string, since: number): number {
  return readRecords().filter((record) => isOomKill(record, cgroup, since)).length;
}

/** `6,1234,5140900,-;oom-kill:constraint=CONSTRAINT_MEMCG,…,task_memcg=/a/b.scope,task=dd,pid=7,uid=0`; the third field is in microseconds. */
export function isOomKill(record: string, cgroup: string, since: number): boolean {
  const match = /^\d+,\d+,(\d+),[^;]*;oom-kill:.*,task_memcg=([^,\n]*),task=/.exec(record);
  const victim = match?.[2] ?? '';
  const isOurs = victim.endsWith(cgroup) || victim.includes(`${cgroup}/`);
  return match !== null && isOurs && Number(match[1]) >= since * 1e6;
}

function readRecords(): string[] {
  let fd: number;
  try {
    fd = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    // Not for everybody (dmesg_restrict), and in a container perhaps not there.
    return [];
  }
  const records: string[] = [];
  const buffer = Buffer.allocUnsafe(MAX_RECORD);
  try {
    for (;;) {
      const record = readRecord(fd, buffer);
      if (record === null) return records;
      records.push(record);
    }
  } finally {
    closeSync(fd);
  }
}

/** One read(2) is one record; null after the last. */
function readRecord(fd: number, buffer: Buffer): string | null {
  try {
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, null));
  } catch (error) {
    // EPIPE: this record has just been overwritten, the next read goes on after it. EAGAIN: there are no more.
    return errnoName(error) === 'EPIPE' ? '' : null;
  }
}
