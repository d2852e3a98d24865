/** Owns reading a unified difference (docs/formats/local-api.md, `diff/file`) line by line. */

export interface DiffLine {
  /**
   * `gap`: lines that are equal were left out here; the next one is in `a` and `b`, `text` says in what it
   * stands where that is known. `note`: about the line before.
   */
  readonly kind: 'same' | 'old' | 'new' | 'gap' | 'note';
  readonly text: string;
  /** 1-based number of the line on each side; null where it is not there. */
  readonly a: number | null;
  readonly b: number | null;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/;

/** Never fails: what is no difference is taken as equal lines. */
export function diffLines(diff: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let [a, b] = [1, 1];
  const texts = diff.split('\n');
  if (texts.at(-1) === '') {
    texts.pop();
  }
  for (const text of texts) {
    const hunk = HUNK.exec(text);
    if (hunk) {
      [a, b] = [Number(hunk[1]), Number(hunk[3])];
      if (a > 1 || b > 1) {
        lines.push({ kind: 'gap', text: hunk[5].trim(), a, b });
      }
      continue;
    }
    const rest = text.slice(1);
    switch (text[0]) {
      case '-':
        lines.push({ kind: 'old', text: rest, a: a++, b: null });
        break;
      case '+':
        lines.push({ kind: 'new', text: rest, a: null, b: b++ });
        break;
      case '\\':
        lines.push({ kind: 'note', text: rest.trim(), a: null, b: null });
        break;
      default:
        lines.push({ kind: 'same', text: rest, a: a++, b: b++ });
    }
  }
  return lines;
}
