// `npm test`: sets up what is missing and runs the suites of scripts/suites/table.mjs.
//   npm test                    all
//   npm test -- jest pytest     these
//   npm test -- --list          names and limits
//   npm run check               the quick ones
import { availableParallelism } from 'node:os';

import { onParentGone } from './parent.mjs';
import { endAll } from './process.mjs';
import {
  countsText,
  listText,
  problemText,
  resultLine
} from './suites/output.mjs';
import { runSuite } from './suites/runner.mjs';
import { SETUP_MINUTES, suites } from './suites/table.mjs';

// In quick runs Hypothesis tries fewer examples (conftest.py), and while one Python test
// waits for a process another computes.
const QUICK = {
  lanes: 2,
  env: {
    DOTSCIENCE_QUICK: '1',
    PYTEST_XDIST_AUTO_NUM_WORKERS: String(availableParallelism() + 1)
  }
};
const THOROUGH = { lanes: 1, env: {} };

function choose(args) {
  if (args.includes('--check')) {
    // The longest first, so that it does not run alone at the end.
    return suites
      .filter(suite => suite.quick)
      .sort((a, b) => b.minutes - a.minutes);
  }
  const unknown = args.filter(arg => !suites.some(s => s.name === arg));
  if (unknown.length > 0) {
    throw new Error(
      `No suite ${unknown.join(', ')}. There are: ${suites.map(s => s.name).join(', ')}`
    );
  }
  return args.length === 0
    ? suites
    : suites.filter(suite => args.includes(suite.name));
}

const total = (results, key) => results.reduce((n, r) => n + r[key], 0);

function report(result) {
  if (result.problems.length > 0) {
    console.log(problemText(result));
  }
  console.log(resultLine(result));
}

// The quick suites share the machine. All others run alone: many of them measure time.
async function runAll(chosen, { lanes, env }) {
  const waiting = [...chosen];
  const results = [];
  const lane = async () => {
    for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
      const result = await runSuite(suite, env);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

async function main(args) {
  if (args.includes('--list')) {
    console.log(listText(suites, SETUP_MINUTES));
    return 0;
  }
  const mode = args.includes('--check') ? QUICK : THOROUGH;
  const results = await runAll(choose(args), mode);
  const sums = {
    passed: total(results, 'passed'),
    failed: total(results, 'failed'),
    skipped: total(results, 'skipped')
  };
  console.log(`\n${countsText(sums)}`);
  return sums.failed > 0 ? 1 : 0;
}

function abort() {
  endAll();
  setTimeout(() => process.exit(130), 1_000);
}

['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(signal => process.once(signal, abort));
onParentGone(abort);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
