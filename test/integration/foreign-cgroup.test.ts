// Two state roots share one cgroup tree: a name in it may belong to a container of another root, which must never be touched.
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeBundle } from '../support/bundle.js';
import { hasCgroup, newTsrun, type Tsrun } from '../support/tsrun.js';

function createIn(tsrun: Tsrun, id: string) {
  const bundle = makeBundle({ args: ['/probe', 'sleep', '600'] });
  return tsrun.call(['create', '--bundle', bundle.path, id]);
}

/** What a create leaves that is killed before it has looked at the cgroup: the intent, and nothing done. */
function leaveDeadCreate(from: Tsrun, to: Tsrun, id: string): void {
  cpSync(join(from.root, id), join(to.root, id), {
    recursive: true,
    filter: (path) => !/(init|exec\.fifo)$/.test(path),
  });
  rmSync(join(to.root, id, 'cgroup.owned'));
}

test('delete --force of a create that died early leaves the container that has the cgroup', () => {
  const [first, second] = [newTsrun(), newTsrun()];
  const id = first.newId();
  expect(createIn(first, id).status).toBe(0);
  leaveDeadCreate(first, second, id);
  expect(second.call(['delete', '--force', id])).toMatchObject({ status: 0, stderr: '' });
  expect(first.state(id)?.status).toBe('created');
  expect(second.leftovers()).toEqual([]);
});

test('create after a create that died early leaves the container that has the cgroup', () => {
  const [first, second] = [newTsrun(), newTsrun()];
  const id = first.newId();
  expect(createIn(first, id).status).toBe(0);
  leaveDeadCreate(first, second, id);
  expect(createIn(second, id)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('it has processes already'),
  });
  expect(first.state(id)?.status).toBe('created');
  expect(hasCgroup(id)).toBe(true);
  expect(second.leftovers()).toEqual([]);
});
