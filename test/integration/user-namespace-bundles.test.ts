// bundles/rootless and bundles/userns, as their READMEs show them.
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OrdinaryUser } from '../support/ordinary-user.js';
import { PROJECT } from '../support/paths.js';
import { makeTemporary } from '../support/temporary.js';
import { newTsrun } from '../support/tsrun.js';

/** The output that the README of a bundle shows: its second block. */
function readShown(name: string): string {
  const text = readFileSync(join(PROJECT, 'bundles', name, 'README.md'), 'utf8');
  return text.split('```\n')[2] ?? '';
}

test('bundles/userns shows whom its root is', () => {
  const outcome = newTsrun().call(['run', '--bundle', join(PROJECT, 'bundles', 'userns'), 'userns']);
  expect(outcome).toMatchObject({ status: 0, stderr: '', stdout: readShown('userns') });
});

test('bundles/rootless is run by an ordinary user', () => {
  const directory = makeTemporary();
  // Wherever the project is, a user may read it there.
  cpSync(join(PROJECT, 'bundles', 'rootless'), directory, { recursive: true, verbatimSymlinks: true });
  chmodSync(directory, 0o755);
  const user = new OrdinaryUser({ hasRange: false, uid: 1000 });
  const outcome = user.call(['run', '--bundle', directory, 'rootless']);
  expect(outcome).toMatchObject({ status: 0, stderr: '', stdout: readShown('rootless') });
});
