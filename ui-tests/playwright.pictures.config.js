// `npm run screenshots`: the pictures in docs/images, not a test.
const base = require('./playwright.config');

const [plain] = base.projects;

module.exports = {
  ...base,
  testDir: 'pictures',
  projects: [{ ...plain, testMatch: /\.spec\.ts$/ }],
  webServer: base.webServer.slice(0, 1)
};
