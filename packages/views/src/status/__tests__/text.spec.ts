import {
  aJob,
  aLiveRun,
  aNotice,
  aStatus,
  aWorkspace
} from '../../testing/builders';
import { statusText, type StatusTextModel } from '../text';

const ready = (over = {}): StatusTextModel => ({
  phase: 'ready',
  workspace: aWorkspace(),
  status: aStatus(over)
});

const changes = { since: null, total: 1_234, files: [], counted: true };

it.each<[string, StatusTextModel, string | undefined, string | undefined]>([
  [
    'running',
    ready({ running: [aLiveRun(), aLiveRun()], notices: [aNotice()] }),
    '2 running',
    'running'
  ],
  [
    'an error',
    ready({ notices: [aNotice()], jobs: [aJob()] }),
    'Needs a look',
    'attention'
  ],
  [
    'a warning is none',
    ready({ notices: [aNotice({ severity: 'warning' })], changes }),
    '1,234 changed',
    'idle'
  ],
  ['a job', ready({ jobs: [aJob()] }), 'First snapshot', 'working'],
  ['no changes', ready(), 'No changes', 'idle'],
  [
    'counting',
    ready({ changes: { ...changes, counted: false } }),
    'Counting changes',
    'idle'
  ],
  [
    'away',
    { phase: 'unreachable', workspace: null, status: null },
    'Tracking not reachable',
    'offline'
  ],
  [
    'nothing',
    { phase: 'untracked', workspace: null, status: null },
    undefined,
    undefined
  ],
  [
    'loading',
    { phase: 'loading', workspace: null, status: null },
    undefined,
    undefined
  ]
])('%s', (_, model, text, state) => {
  expect(statusText(model)?.text).toBe(text);
  expect(statusText(model)?.state).toBe(state);
});

it('names the workspace in its tooltip', () => {
  expect(statusText(ready())?.title).toContain('digits');
});
