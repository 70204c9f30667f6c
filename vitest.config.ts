import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Real containers share their machine: one file after the other, in one thread, as each new one costs seconds in the virtual machine. */
const conformance = {
  globalSetup: ['test/support/virtual-machine.ts', 'test/support/ring.ts'],
  fileParallelism: false,
  isolate: false,
  pool: 'threads' as const,
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    projects: [
      // Properties are tried with hundreds of inputs.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'], testTimeout: 60_000 } },
      {
        // Real containers: one at a time where they share the host, so one file after the other.
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/support/ring.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The integration ring with the sanitized program: scripts/sanitize.sh puts it there.
        test: {
          name: 'sanitize',
          include: ['test/integration/**/*.test.ts', 'test/sanitize/**/*.test.ts'],
          globalSetup: ['test/sanitize/ring.ts', 'test/support/ring.ts'],
          setupFiles: ['test/sanitize/each-test.ts'],
          env: { TEST_BUILT: join(import.meta.dirname, '.cache', 'sanitize') },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/support/ring.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Some 1500 containers, hostile all of them: one thread, and one host to look at before and after each.
        test: {
          name: 'attacks',
          include: ['test/attacks/**/*.test.ts'],
          globalSetup: ['test/support/ring.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The same files for every OCI runtime; many short ones, so they share one thread.
        test: {
          name: 'specification',
          include: ['test/specification/**/*.test.ts'],
          globalSetup: ['test/support/ring.ts'],
          fileParallelism: false,
          isolate: false,
          pool: 'threads',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { test: { ...conformance, name: 'conformance', include: ['test/conformance/{cgroup,security}/**/*.test.ts'] } },
      { test: { ...conformance, name: 'conformance-systemd', include: ['test/conformance/systemd/**/*.test.ts'] } },
      {
        test: {
          ...conformance,
          name: 'managers',
          include: ['test/managers/**/*.test.ts'],
          globalSetup: ['test/support/virtual-machine.ts', 'test/support/manager-storage.ts', 'test/support/ring.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
