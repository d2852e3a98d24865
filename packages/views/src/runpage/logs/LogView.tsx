/** The lines of a log in a box of their own; only those that are seen are drawn. */
import React, { useLayoutEffect, useRef, useState } from 'react';

import { useTrans } from '../../host/trans';
import type { LogLines } from '../parts';

/** px; the style sheet says the same. */
const LINE = 18;
const SPARE = 20;
/** A longer line is cut: one of a megabyte would stop the page. */
const LONGEST = 2_000;

export function LogView(props: {
  readonly log: LogLines;
  /** Only these of the lines held; null: all. */
  readonly found: readonly number[] | null;
  readonly rows: number;
  readonly follows: boolean;
}): JSX.Element {
  const { log, found, rows } = props;
  const trans = useTrans();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState<number | null>(null);
  const count = found ? found.length : log.lines.length;
  const height = Math.min(Math.max(count, 1), rows) * LINE;
  // Null: at the end, and staying there when lines come.
  const at = top ?? Math.max(0, count * LINE - height);
  useLayoutEffect(() => {
    if (top === null && box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [top, count]);
  const onScroll = ({ currentTarget }: React.UIEvent): void => {
    const { scrollTop, scrollHeight, clientHeight } = currentTarget;
    const isEnd = scrollTop + clientHeight >= scrollHeight - LINE / 2;
    setTop(isEnd ? null : scrollTop);
  };
  const first = Math.max(0, Math.floor(at / LINE) - SPARE);
  const last = Math.min(count, Math.ceil((at + height) / LINE) + SPARE);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, i) =>
    found ? found[first + i] : first + i
  );
  return (
    <div
      className="ds-LogView"
      ref={box}
      role="log"
      aria-live="off"
      aria-label={trans.__('Lines of the log')}
      tabIndex={0}
      style={{ maxHeight: height + 12 }}
      onScroll={onScroll}
    >
      <div style={{ height: count * LINE }}>
        <div style={{ transform: `translateY(${first * LINE}px)` }}>
          {shown.map(i => (
            <div key={log.from + i} className={lookOf(log.lines[i])}>
              {short(log.lines[i])}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

// The usual words of Python's warnings and errors; a line keeps its text.
function lookOf(line: string): string {
  const head = line.slice(0, 200);
  if (/\b(error|exception|traceback|critical|fatal)\b|Error\b/i.test(head)) {
    return 'ds-LogView-line ds-mod-error';
  }
  return /warn(ing)?\b/i.test(head)
    ? 'ds-LogView-line ds-mod-warn'
    : 'ds-LogView-line';
}

const short = (line: string): string =>
  line === ''
    ? '\u00a0'
    : line.length > LONGEST
      ? `${line.slice(0, LONGEST)}\u2026`
      : line;
