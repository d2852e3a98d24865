/** Owns the small note that says why a cell is marked. One at a time; Escape, a click elsewhere close it. */
import type { IFinding } from './findings';

const GAP = 4;
const WIDTH = 320;

export interface IWords {
  readonly title: string;
  readonly hint: string;
  show(cell: string): string;
}

/** Opens the note below `mark`; the result closes it. */
export function explain(
  mark: HTMLElement,
  findings: readonly IFinding[],
  words: IWords,
  goTo: (cell: string) => void
): () => void {
  const note = document.createElement('div');
  note.className = 'jp-DotscienceHiddenNote';
  note.setAttribute('role', 'dialog');
  note.setAttribute('aria-label', words.title);
  note.tabIndex = -1;
  const controller = new AbortController();
  const close = (): void => {
    controller.abort();
    note.remove();
  };
  note.append(
    heading(words.title),
    ...findings.map(sentence),
    hint(words.hint)
  );
  for (const [cell, called] of places(findings)) {
    note.append(
      button(words.show(called), () => {
        close();
        goTo(cell);
      })
    );
  }
  place(note, mark);
  document.body.append(note);
  note.focus();
  closeOn(note, mark, close, controller.signal);
  return close;
}

function closeOn(
  note: HTMLElement,
  mark: HTMLElement,
  close: () => void,
  signal: AbortSignal
): void {
  const outside = (event: Event): void => {
    if (!note.contains(event.target as Node)) {
      close();
    }
  };
  document.addEventListener('pointerdown', outside, { capture: true, signal });
  document.addEventListener('wheel', outside, { capture: true, signal });
  note.addEventListener(
    'keydown',
    event => {
      event.stopPropagation();
      if (event.key === 'Escape') {
        close();
        mark.focus();
      }
    },
    { signal }
  );
}

/** Cells that can be shown, each once. */
function places(findings: readonly IFinding[]): Map<string, string> {
  return new Map(
    findings.flatMap(({ cell, called }) =>
      cell !== null && called !== null ? [[cell, called] as const] : []
    )
  );
}

function place(note: HTMLElement, mark: HTMLElement): void {
  const { left, bottom } = mark.getBoundingClientRect();
  note.style.left = `${Math.max(GAP, Math.min(left, window.innerWidth - WIDTH))}px`;
  note.style.top = `${bottom + GAP}px`;
}

function element(tag: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

const heading = (text: string): HTMLElement => element('h3', text);
const sentence = (finding: IFinding): HTMLElement =>
  element('p', finding.sentence);

function hint(text: string): HTMLElement {
  const made = element('p', text);
  made.className = 'jp-DotscienceHiddenNote-hint';
  return made;
}

function button(text: string, onClick: () => void): HTMLElement {
  const made = element('button', text);
  made.className = 'jp-Button jp-mod-styled jp-mod-reject';
  made.onclick = onClick;
  return made;
}
