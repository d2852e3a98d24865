// The TypeScript half of the "may import" table of docs/ARCHITECTURE.md.
// The Python half stands in pyproject.toml under [tool.importlinter].

const browserGlobals = [
  'document',
  'window',
  'navigator',
  'localStorage',
  'sessionStorage',
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'HTMLElement',
  'process'
];

const upwards = folder => ({
  regex: `^(\\.\\./)+(${folder})(/|$)`,
  message: 'Import a package by its name, not by a path out of its folder.'
});

const outside = upwards(
  'src|packages|core|views|dotscience|dotscience_server|hub|ui-tests|bench'
);

function forbid(files, patterns, extra = {}) {
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: [...patterns, outside] }],
      ...extra
    }
  };
}

const deep = {
  regex: '^@dotscience/[^/]+/',
  message: 'Import from the package itself, never from a file inside it.'
};

export const importRules = [
  forbid(
    ['packages/core/src/**/*.ts'],
    [
      {
        regex: '^(@jupyterlab|@lumino|@jupyter|@dotscience|node:)',
        message: 'packages/core is pure: it imports nothing of ours, no host.'
      },
      {
        regex:
          '^(react|react-dom|axios|nbdime|fs|fs/promises|path|os|http|https|net|child_process|worker_threads)(/|$)',
        message: 'packages/core does no I/O and draws nothing.'
      }
    ],
    { 'no-restricted-globals': ['error', ...browserGlobals] }
  ),
  forbid(
    ['packages/views/src/**/*.{ts,tsx}'],
    [
      {
        regex: '^(@jupyterlab|@lumino|@jupyter)/',
        message: 'packages/views runs in the hub too: no JupyterLab, no Lumino.'
      },
      {
        regex: '^(axios|nbdime|node:)',
        message: 'Hosts fetch; packages/views gets data as props.'
      },
      deep
    ]
  ),
  forbid(['src/**/*.{ts,tsx}'], [deep]),
  // Tests read the schemas and vectors of protocol/ from disk.
  {
    files: ['packages/*/src/**/__tests__/**', 'src/**/__tests__/**'],
    rules: { 'no-restricted-imports': 'off', 'no-restricted-globals': 'off' }
  }
];
