const { existsSync } = require('node:fs');
const base = require('@jupyterlab/galata/lib/playwright-config');
const { bare, command, environment, hub, plain, url } = require('./servers');

const executablePath =
  process.env.CHROMIUM ||
  [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome'
  ].find(existsSync);

// Galata puts `/lab` behind it.
const origin = config => url(config).replace(/\/$/, '');

const report = process.env.DOTSCIENCE_UI_REPORT;

function server(config, readyPath) {
  return {
    command: command.join(' '),
    cwd: __dirname,
    env: { ...process.env, ...environment(config) },
    url: url(config) + readyPath,
    timeout: 90_000,
    reuseExistingServer: false,
    // A kill would leave the kernels of the tests behind.
    gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
    stdout: process.env.UI_SERVER_LOG ? 'pipe' : 'ignore',
    stderr: process.env.UI_SERVER_LOG ? 'pipe' : 'ignore'
  };
}

module.exports = {
  ...base,
  testDir: 'tests',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list'], ...(report ? [['json', { outputFile: report }]] : [])],
  use: {
    ...base.use,
    viewport: { width: 1280, height: 800 },
    video: 'off',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath,
      args: [
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking'
      ]
    }
  },
  projects: [
    {
      name: 'plain',
      testMatch: /plain.*\.spec\.ts$/,
      use: { baseURL: origin(plain) }
    },
    {
      name: 'hub',
      testMatch: /hub.*\.spec\.ts$/,
      use: { baseURL: origin(hub) }
    },
    {
      name: 'bare',
      testMatch: /bare.*\.spec\.ts$/,
      use: { baseURL: origin(bare) }
    }
  ],
  webServer: [server(plain, 'lab'), server(hub, 'login'), server(bare, 'lab')]
};
