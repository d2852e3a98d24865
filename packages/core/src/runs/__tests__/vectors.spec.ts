import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ColumnBlock, RunSummary } from '../../protocol';
import { RunList } from '../list';

interface BlockVector {
  readonly runs: RunSummary[];
  readonly block: ColumnBlock;
}

const VECTORS = join(__dirname, '../../../../../protocol/vectors');

const { runs, block } = JSON.parse(
  readFileSync(join(VECTORS, 'block.json'), 'utf8')
) as BlockVector;

it('reads the block that the worker writes', () => {
  const feed = {
    format: 1 as const,
    workspace: 'w',
    revision: block.revision,
    reset: true,
    total: runs.length,
    blocks: [],
    runs: []
  };
  const list = RunList.empty.applied(feed, [block]);
  expect(list.slice(0, 10)).toEqual([...runs].reverse());
});
