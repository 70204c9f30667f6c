import { expect, test } from 'vitest';
import { isOomKill } from '../../../src/host/kernel-log.js';

const record = (
  cgroup: string,
  text = 'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=web,mems_allowed=0',
) => `6,1234,5140900,-;${text},oom_memcg=${cgroup},task_memcg=${cgroup},task=dd,pid=7,uid=0\n`;

test.each([
  [record('/system.slice/tsrun-web.scope'), 5, true],
  [record('/system.slice/tsrun-web.scope/below'), 5, true],
  [record('/outer/system.slice/tsrun-web.scope'), 5, true],
  [record('/system.slice/tsrun-web.scope'), 6, false],
  [record('/system.slice/tsrun-web.scope2'), 5, false],
  [record('/system.slice/tsrun-other.scope'), 5, false],
  [record('/system.slice/tsrun-web.scope', 'something else'), 5, false],
  ['', 0, false],
])('isOomKill(%j) since second %i is %j', (text, since, expected) => {
  expect(isOomKill(text, '/system.slice/tsrun-web.scope', since)).toBe(expected);
});
