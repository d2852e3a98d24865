/** The worker's recorded answers fit the schemas here as they do in Python, and our code reads them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { RunStore } from '../../runs/store';
import { misfits, PROTOCOL, readJson } from './schemas';
import type { Feed } from '../types';

const RESPONSES = join(PROTOCOL, 'vectors/responses');
const recorded = readdirSync(RESPONSES);
const feed = readJson(RESPONSES, 'feed.two.json') as Feed;

it('there are recorded answers', () => {
  expect(recorded.length).toBeGreaterThan(5);
});

it.each(recorded)('%s fits its schema', name => {
  expect(misfits(name.split('.')[0], readJson(RESPONSES, name))).toBeNull();
});

it('the recorded block fits its schema', () => {
  const { block } = readJson(PROTOCOL, 'vectors/block.json') as {
    block: unknown;
  };
  expect(misfits('block', block)).toBeNull();
});

it('an answer that lacks something does not fit', () => {
  const { runs, ...rest } = feed;
  expect(runs).toHaveLength(2);
  expect(misfits('feed', rest)).not.toBeNull();
});

it('the recorded feed fills the list of runs', () => {
  const store = new RunStore();
  store.apply(feed, []);
  expect(store.count).toBe(2);
  expect(feed.runs.map(({ id }) => store.get(id))).toEqual(feed.runs);
});
