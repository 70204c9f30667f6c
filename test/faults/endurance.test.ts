// Many containers, one after the other and at once: `npm run endurance` in small. What it looks at, and by which measure, is in the script.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT } from '../support/paths.js';
import { newTsrun } from '../support/tsrun.js';

test('200 containers, eight at a time, and 50 at once leave nothing behind', async () => {
  const script = join(PROJECT, 'scripts', 'endurance.mjs');
  const args = [script, '--count', '200', '--alive', '50'];
  const { status, stdout, stderr } = await newTsrun().spawnProgram(process.execPath, args).ended;
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('200 containers created, started, killed and deleted');
  expect(stdout).not.toContain('more than before');
});
