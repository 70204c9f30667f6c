// Keeps the conformance rings and that of managers in the virtual machine of test/vm: they change what a machine has only one of.
import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';

/** vitest's globalSetup. */
export default function setup({ name }: TestProject): void {
  const flag = name === 'conformance' ? '' : ' -s';
  if (process.env.IN_VM !== '1' || (flag !== '') !== existsSync('/run/systemd/system')) {
    throw new Error(
      `the ring "${name}" runs in its virtual machine only: "npm test -- test/${name === 'managers' ? name : 'conformance'}", or ` +
        `"npm run vm --${flag} -- node_modules/.bin/vitest run --project ${name}"`,
    );
  }
}
