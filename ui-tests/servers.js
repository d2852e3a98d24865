// The two servers the tests talk to. jupyter_server_test_config.py reads the same
// values from the environment that playwright.config.js passes on.
const port = Number(process.env.DOTSCIENCE_UI_PORT || 18888);

const plain = { name: 'plain', port, basePath: '/' };
const hub = {
  name: 'hub',
  port: port + 2,
  basePath: '/user/x/',
  password: 'correct horse'
};

const url = ({ port, basePath }) => `http://localhost:${port}${basePath}`;

module.exports = { plain, hub, url };
