// test-summary.mjs REPORT...: every failed test once more, with what it said (of a long log often only the end is kept), then the counts of
// vitest's JSON reports, summed, in one last line for machines to read. Fails when a test has failed, when a report is missing, and when a
// ring of the virtual machine has not run each of its tests: nobody looks for what the machine lacks there.
import { existsSync, readFileSync } from 'node:fs';

let [passed, failed, complete] = [0, 0, true];
for (const path of process.argv.slice(2)) {
  if (!existsSync(path)) {
    console.error(`there is no report "${path}": its ring of tests did not come to its end`);
    complete = false;
    continue;
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A file that cannot be loaded has no tests that could fail.
  if (!report.success) complete = false;
  for (const { name, status, message, assertionResults } of report.testResults) {
    const failures = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of failures)
      console.error(`failed: ${name}: ${fullName}\n${failureMessages.join('\n')}\n`);
    if (status === 'failed' && failures.length === 0) console.error(`failed: ${name}: ${message}\n`);
  }
  if (!/\/(conformance|managers)/.test(path)) continue;
  for (const { fullName, status } of report.testResults.flatMap(({ assertionResults }) => assertionResults)) {
    if (status === 'passed' || status === 'failed') continue;
    console.error(`${status}, and must run in the virtual machine: ${fullName}`);
    complete = false;
  }
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || !complete) process.exitCode = 1;
