// Prints the counts of a vitest JSON report as one plain line, and fails where there is nothing to count.

import { readFileSync } from 'node:fs';

const text = readFileSync(process.argv[2], 'utf8');
if (text === '') {
  console.error('failed before any test ran');
  process.exitCode = 1;
} else {
  const report = JSON.parse(text);
  const skipped = report.numPendingTests + report.numTodoTests;
  // A file that cannot be loaded fails as a suite, with no test of its own.
  const broken = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = report.numFailedTests + broken.length;
  console.log(`${report.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || report.numPassedTests === 0 ? 1 : 0;
}
