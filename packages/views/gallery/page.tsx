/** The gallery's one page: `?scene=panels-240|run-full|card…`, `&tab=` of a run page; width by the window. */
import React from 'react';
import { createRoot } from 'react-dom/client';

import {
  IconSet,
  LiveRunCard,
  RunCard,
  RunPage,
  WorkspacePanel,
  type RunPageProps
} from '../src';
import { STILL } from '../src/testing/builders';
import * as cards from './cards';
import * as runs from './runs';
import { VersionsScene } from './versions';
import { livePanels, manyWithGroups } from './live';
import {
  failedDetail,
  hundredThousand,
  panels,
  runDetail,
  store
} from './scenes';

const nothing = (): void => undefined;

const query = new URLSearchParams(location.search);

const PANEL = {
  openRun: nothing,
  saveSnapshot: nothing,
  cancelJob: nothing,
  dismissNotice: nothing,
  retry: nothing,
  track: nothing,
  chooseMetric: nothing,
  setDirection: nothing,
  openNotebook: nothing,
  openFile: nothing,
  openIgnoreFile: nothing,
  copyExample: nothing,
  insertExample: nothing,
  keepDraft: nothing,
  dropDraft: nothing,
  turnOnCapture: nothing,
  claim: nothing,
  openCell: nothing
};

const PAGE = {
  openRun: nothing,
  copyId: nothing,
  openNotebookAsItWas: nothing,
  restore: nothing,
  openNotebook: nothing,
  bringBack: nothing,
  branch: nothing,
  showVersions: nothing,
  acts: { dismissAct: nothing },
  downloadFile: nothing,
  copyText: nothing,
  cancelJob: nothing,
  retry: nothing,
  track: nothing,
  wantCurves: nothing,
  source: async () => 'def run_mlp(hidden, alpha, epochs=60):\n    ...\n',
  showCell: nothing,
  compareEnvironment: nothing,
  earlierLog: nothing,
  saveLog: nothing,
  mediaUrl: (n: number) => picture(n),
  mediaText: async (n: number) =>
    n === 7
      ? 'id,label,guess,confidence\n17,3,8,0.61\n92,1,7,0.55\n'
      : 'The validation set has 80 new samples.',
  downloadMedia: nothing,
  claim: nothing,
  setLabel: nothing
};

/** A drawing in place of a stored image. */
const picture = (n: number): string =>
  `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#dfe8f5"/>${Array.from(
      { length: 10 },
      (_, i) =>
        `<rect x="${80 + i * 48}" y="${i * 48}" width="48" height="48" fill="#3161aa" opacity="${0.4 + ((i * (n + 3)) % 7) / 12}"/>`
    ).join('')}</svg>`
  )}`;

function Panels({
  models = panels,
  width,
  height = 800
}: {
  models?: typeof panels;
  width: number;
  height?: number;
}): JSX.Element {
  return (
    <div
      style={{
        display: 'flex',
        flexWrap: 'wrap',
        gap: 16,
        padding: 16,
        background: 'var(--jp-layout-color2)'
      }}
    >
      {Object.entries(models).map(([name, model]) => (
        <div
          key={name}
          style={{
            width,
            font: '12px sans-serif',
            color: 'var(--jp-ui-font-color1)'
          }}
        >
          {name}
          <div style={{ height }}>
            <WorkspacePanel model={model} callbacks={PANEL} clock={STILL} />
          </div>
        </div>
      ))}
    </div>
  );
}

const page = (run: typeof runDetail): JSX.Element => (
  <RunPage
    model={{
      phase: 'ready',
      run,
      runs: store,
      metric: null,
      directions: {},
      jobs: []
    }}
    callbacks={PAGE}
    clock={STILL}
  />
);

const whole = (model: RunPageProps['model']): JSX.Element => (
  <RunPage model={model} callbacks={PAGE} clock={STILL} />
);

const SCENES: Record<string, () => JSX.Element> = {
  'panels-240': () => <Panels width={240} />,
  'panels-310': () => <Panels width={310} />,
  'live-240': () => <Panels models={livePanels} width={240} />,
  'live-310': () => <Panels models={livePanels} width={310} />,
  groups: () => (
    <div style={{ width: 300, height: 700 }}>
      <WorkspacePanel
        model={manyWithGroups(
          Number(query.get('count') ?? 10_000),
          query.get('groups') !== '0'
        )}
        callbacks={PANEL}
        clock={STILL}
      />
    </div>
  ),
  run: () => page(runDetail),
  'run-full': () => whole(runs.runFull),
  'run-live': () => whole(runs.runLive),
  'run-environment': () => whole(runs.runEnvironment),
  'run-media': () => whole(runs.runMedia),
  'run-empty': () => whole(runs.runEmpty),
  'run-many': () => whole(runs.runMany),
  'run-hostile': () => whole(runs.runHostile),
  'run-failed': () => page(failedDetail),
  card: () => (
    <div style={{ display: 'grid', gap: 16, padding: 16 }}>
      <LiveRunCard
        run={cards.live}
        runs={store}
        curve={cards.curve}
        openRun={nothing}
        clock={STILL}
      />
      <RunCard
        data={cards.one}
        runs={cards.oneStore}
        curves={cards.curves}
        undeclared={() => 1}
        openRun={nothing}
        clock={STILL}
      />
      <RunCard
        data={cards.many}
        runs={cards.manyStore}
        curves={cards.curves}
        openRun={nothing}
        clock={STILL}
      />
      <RunCard data={cards.bare} clock={STILL} />
    </div>
  ),
  many: () => (
    <div style={{ width: 300, height: 700 }}>
      <WorkspacePanel
        model={hundredThousand()}
        callbacks={PANEL}
        clock={STILL}
      />
    </div>
  ),
  versions: () => <VersionsScene name={query.get('of') ?? 'csv'} />,
  'versions-narrow': () => (
    <div style={{ display: 'flex', gap: 16, background: '#888' }}>
      {['csv', 'code', 'notebook', 'acts', 'lost', 'none'].map(name => (
        <VersionsScene key={name} name={name} width={240} height={1000} />
      ))}
    </div>
  ),
  icons: () => (
    <div
      style={{
        display: 'flex',
        flexWrap: 'wrap',
        gap: 14,
        padding: 16,
        color: 'var(--jp-ui-font-color1)',
        font: '11px sans-serif'
      }}
    >
      {Object.entries(IconSet).map(([name, svg]) => (
        <figure key={name} style={{ margin: 0, width: 90 }}>
          <img
            width={32}
            alt=""
            src={`data:image/svg+xml,${encodeURIComponent(svg)}`}
          />{' '}
          {name}
        </figure>
      ))}
    </div>
  )
};

const scene = query.get('scene') ?? 'panels-240';
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(SCENES[scene]());
  const tab = new URLSearchParams(location.search).get('tab');
  if (tab) {
    setTimeout(
      () =>
        document
          .querySelector<HTMLElement>(`[role=tab][id$="${tab}"]`)
          ?.click(),
      100
    );
  }
}
