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

function kindOf(testcase) {
  if (/<(failure|error)[\s>]/.test(testcase)) {
    return 'failed';
  }
  return /<skipped[\s>/]/.test(testcase) ? 'skipped' : 'passed';
}

// A test that fails and whose teardown fails too stands there twice: it is one test.
function readJunit(path) {
  const kinds = new Map();
  for (const text of readFileSync(path, 'utf8').split('<testcase ').slice(1)) {
    const name = text.slice(0, text.indexOf(' time='));
    if (kinds.get(name) !== 'failed') {
      kinds.set(name, kindOf(text));
    }
  }
  const count = kind => [...kinds.values()].filter(k => k === kind).length;
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
