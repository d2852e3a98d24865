// A warning in a passing test is a fault that nobody reads. A test that provokes one
// on purpose replaces console.error or console.warn by a spy of its own.
const { format } = require('node:util');

const original = { error: console.error, warn: console.warn };
let said = [];

beforeEach(() => {
  said = [];
  for (const level of ['error', 'warn']) {
    console[level] = (...args) =>
      said.push(`console.${level}: ${format(...args)}`);
  }
});

afterEach(() => {
  Object.assign(console, original);
  if (said.length > 0) {
    throw new Error(said.join('\n\n'));
  }
});
