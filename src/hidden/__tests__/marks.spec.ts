import type { Notebook } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

import { explain } from '../explain';
import type { Findings, IFinding } from '../findings';
import { Marks } from '../marks';

const finding = (sentence: string, cell: string | null = null): IFinding => ({
  sentence,
  cell,
  called: cell
});

/** As much of a notebook as marks touch: its cells, in or out of the page. */
function setUp(count: number) {
  const widgets = Array.from({ length: count }, (_, i) =>
    Object.assign(new Widget(), { model: { id: `cell-${i}` } })
  );
  const explained: string[] = [];
  const marks = new Marks({ widgets } as unknown as Notebook, {
    label: 'Hidden state:',
    explain: (_, findings) =>
      explained.push(findings.map(({ sentence }) => sentence).join())
  });
  const markOf = (i: number) => widgets[i].node.querySelector('button');
  const show = (...cells: number[]): void =>
    marks.show(
      new Map(cells.map(i => [`cell-${i}`, [finding(`why ${i}.`)]])) as Findings
    );
  return { widgets, marks, explained, markOf, show };
}

describe('Marks', () => {
  it('stand on the cells that are meant, with a sentence, and go again', () => {
    const { markOf, show, marks, widgets } = setUp(500);
    show(3, 499);
    expect(markOf(3)).toHaveProperty('title', 'why 3.');
    expect(markOf(499)?.getAttribute('aria-label')).toBe(
      'Hidden state: why 499.'
    );
    expect(markOf(4)).toBeNull();
    const before = markOf(3);
    show(3);
    expect(markOf(3)).toBe(before);
    expect(markOf(499)).toBeNull();
    marks.show(new Map());
    expect(markOf(3)).toBeNull();
    expect(
      widgets.some(({ node }) => node.className.includes('dotscience'))
    ).toBe(false);
  });

  it('explain themselves on a click, once', () => {
    const { markOf, show, explained } = setUp(2);
    show(1);
    show(1);
    markOf(1)?.click();
    expect(explained).toEqual(['why 1.']);
  });
});

describe('the note', () => {
  const words = {
    title: 'Why',
    hint: 'Hint',
    show: (c: string) => `Show ${c}`
  };
  const note = () => document.querySelector('[role=dialog]');

  function open(findings: IFinding[]) {
    const mark = document.createElement('button');
    document.body.append(mark);
    const went: string[] = [];
    explain(mark, findings, words, cell => went.push(cell));
    return { mark, went };
  }

  it('says why and leads to the cell', () => {
    const { went } = open([
      finding('<b>x</b>', 'cell [1]'),
      finding('y', 'cell [1]')
    ]);
    expect(note()?.querySelector('b')).toBeNull();
    expect(note()?.textContent).toContain('<b>x</b>');
    const buttons = note()?.querySelectorAll('button') ?? [];
    expect(buttons).toHaveLength(1);
    buttons[0].click();
    expect(went).toEqual(['cell [1]']);
    expect(note()).toBeNull();
  });

  it('goes with Escape, and the mark has the focus again', () => {
    const { mark } = open([finding('x')]);
    note()?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(note()).toBeNull();
    expect(document.activeElement).toBe(mark);
  });

  it('goes with a click elsewhere', () => {
    open([finding('x')]);
    document.body.dispatchEvent(new Event('pointerdown', { bubbles: true }));
    expect(note()).toBeNull();
  });
});
