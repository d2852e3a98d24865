const labConfig = require('@jupyterlab/testing/lib/jest-config');

// Packages of the JupyterLab tree that ship ES modules only and so need a transform.
const esModules = [
  '@codemirror',
  '@dotscience',
  '@exodus',
  '@jupyter/',
  '@jupyterlab/',
  '@lumino/',
  '@marijn',
  '@microsoft',
  '@rjsf',
  'color',
  'exenv-es6',
  'fzstd',
  'hyparquet',
  'hysnappy',
  'lib0',
  'marked',
  'nanoid',
  'nbdime',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
].join('|');

const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', tsx: true },
      target: 'es2022',
      transform: { react: { runtime: 'classic' } }
    },
    module: { type: 'commonjs' }
  }
];

const shared = {
  cacheDirectory: `${__dirname}/.cache/jest`,
  rootDir: __dirname,
  transform: { '\\.[jt]sx?$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules}).*)`],
  // Sources, not build output: no test needs a build first.
  moduleNameMapper: {
    '\\.(css|less|sass|scss)$': '@jupyterlab/testing/lib/identity-obj-proxy'
  },
  testRegex: '\\.spec\\.tsx?$'
};

const packageSources = {
  '^@dotscience/([^/]+)$': '<rootDir>/packages/$1/src'
};

function labProject() {
  const base = labConfig(__dirname);
  for (const key of Object.keys(base)) {
    if (/^coverage|^collectCoverage|^reporters$|^testTimeout$/.test(key)) {
      delete base[key];
    }
  }
  return base;
}

// jsdom has no canvas. In a browser the gallery and the browser tests draw with the real one.
const drawn = { '^uplot$': '<rootDir>/packages/views/src/testing/uplot.ts' };

const noConsole = '<rootDir>/scripts/jest/no-console.js';
// jsdom lacks what every browser has.
const encoding = '<rootDir>/scripts/jest/text-encoding.js';

const lab = labProject();

module.exports = {
  reporters: ['default'],
  // Clicks and keys of userEvent take seconds where all cores are busy.
  testTimeout: 20_000,
  projects: [
    {
      ...shared,
      displayName: 'core',
      testEnvironment: 'node',
      roots: ['<rootDir>/packages/core/src'],
      setupFilesAfterEnv: [noConsole],
      moduleNameMapper: packageSources
    },
    {
      ...shared,
      displayName: 'views',
      testEnvironment: 'jsdom',
      roots: ['<rootDir>/packages/views/src'],
      setupFiles: [encoding],
      setupFilesAfterEnv: [noConsole],
      moduleNameMapper: { ...lab.moduleNameMapper, ...packageSources, ...drawn }
    },
    {
      ...lab,
      ...shared,
      displayName: 'lab',
      setupFilesAfterEnv: [...(lab.setupFilesAfterEnv ?? []), noConsole],
      roots: ['<rootDir>/src'],
      transform: {
        '\\.svg$': '@jupyterlab/testing/lib/jest-raw-loader.js',
        ...shared.transform
      },
      moduleNameMapper: { ...lab.moduleNameMapper, ...packageSources, ...drawn }
    }
  ]
};
