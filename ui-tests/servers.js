// The servers the tests talk to. jupyter_server_test_config.py reads the same
// values from the environment that playwright.config.js passes on.
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const first = Number(process.env.DOTSCIENCE_UI_PORT || 18888);

// `folder` is emptied by the server when it starts. Its `root` is what JupyterLab
// shows; home, caches and sockets of everything it starts lie beside it.
function server(name, port, more = {}) {
  const folder = join(tmpdir(), `dotscience-ui-${port}-${name}`);
  return {
    name,
    port,
    basePath: '/',
    password: '',
    extension: true,
    folder,
    root: join(folder, 'root'),
    ...more
  };
}

const plain = server('plain', first);
const hub = server('hub', first + 2, {
  basePath: '/user/x/',
  password: 'correct horse'
});
// A JupyterLab where only the front end is installed.
const bare = server('bare', first + 4, { extension: false });

// Started, killed and started again by a test, not by playwright.config.js.
const restarted = server('restarted', first + 6);

const url = ({ port, basePath }) => `http://localhost:${port}${basePath}`;

/** What jupyter_server_test_config.py needs to know. */
const environment = config => ({
  UI_SERVER: config.name,
  UI_SERVER_PORT: String(config.port),
  UI_SERVER_BASE_URL: config.basePath,
  UI_SERVER_PASSWORD: config.password,
  UI_SERVER_FOLDER: config.folder,
  UI_SERVER_EXTENSION: config.extension ? 'yes' : 'no'
});

const command = [
  'jupyter',
  'lab',
  '--allow-root',
  '--config',
  'jupyter_server_test_config.py'
];

module.exports = { plain, hub, bare, restarted, url, environment, command };
