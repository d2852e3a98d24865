import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = join(__dirname, '../..');

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter(path => /\.tsx?$/.test(path) && !path.includes('__tests__'))
  .map(path => [path, readFileSync(join(SOURCE, path), 'utf8')] as const);

// Text of runs is never HTML (DESIGN §10, G7: nothing is run for someone else).
it.each(files)('%s writes no HTML', (_, text) => {
  expect(text).not.toMatch(
    /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write/
  );
});

// Computed places and sizes only: everything else is in the style sheets.
it.each(files)('%s has only computed styles', (_, text) => {
  const styles = [...text.matchAll(/style=\{([^}]*)\}/g)].map(
    match => match[1]
  );
  expect(
    styles.filter(style => /colou?r|font|margin|padding/.test(style))
  ).toEqual([]);
});
