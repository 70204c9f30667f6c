// Begins and ends the ring of sanitizers (vitest's globalSetup): a report that came after the last test of a file fails it as well.
import { makeReports, readReports, removeReports } from './reports.js';

export default function setup(): () => void {
  makeReports();
  return () => {
    const found = readReports();
    removeReports();
    if (found === '') return;
    // vitest prints what a teardown throws, and exits with 0 all the same.
    process.exitCode = 1;
    throw new Error(`the sanitizers have reported:\n${found}`);
  };
}
