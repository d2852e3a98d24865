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

const url = ({ port, basePath }) => `http://localhost:${port}${basePath}`;

module.exports = { plain, hub, bare, url };
