// Counts tests from the report a test program wrote. Each reader gives
// {passed, failed, skipped}; a missing or broken report throws.
import { readFileSync } from 'node:fs';

function readJest(path) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  return {
    passed: report.numPassedTests,
    // A file that could not be loaded has no tests, and is a failure all the same.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests
  };
}

// One <testcase> may hold a failure and an error of its teardown: that is one test.
function readJunit(path) {
  const cases = readFileSync(path, 'utf8').split('<testcase ').slice(1);
  const kinds = cases.map(text =>
    /<(failure|error)[\s>]/.test(text)
      ? 'failed'
      : /<skipped[\s>/]/.test(text)
        ? 'skipped'
        : 'passed'
  );
  const count = kind => kinds.filter(k => k === kind).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped')
  };
}

function readPlaywright(path) {
  const { stats, errors } = JSON.parse(readFileSync(path, 'utf8'));
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + errors.length,
    skipped: stats.skipped
  };
}

/** How a program is told where to write its report, and how that is read. */
export const reports = {
  jest: {
    tell: path => ({ args: ['--json', `--outputFile=${path}`] }),
    read: readJest
  },
  junit: {
    tell: path => ({ args: [`--junitxml=${path}`] }),
    read: readJunit
  },
  playwright: {
    tell: path => ({ env: { DOTSCIENCE_UI_REPORT: path } }),
    read: readPlaywright
  }
};
