/** Owns the colours of drawings: the theme's own, as computed now, because a canvas knows no variables. */
import { useEffect, useState } from 'react';

export interface Palette {
  /** In the order of UI.md. */
  readonly series: readonly string[];
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly font: string;
}

const SERIES = 8;

export function readPalette(element: HTMLElement): Palette {
  const probe = document.createElement('i');
  probe.hidden = true;
  element.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--ds-${name})`;
    return getComputedStyle(probe).color;
  };
  const palette = {
    series: Array.from({ length: SERIES }, (_, i) => colour(`series-${i + 1}`)),
    text: colour('text'),
    muted: colour('muted'),
    line: colour('line'),
    surface: colour('surface'),
    font: getComputedStyle(element).fontFamily
  };
  probe.remove();
  return palette;
}

const SCHEME = '(prefers-color-scheme: dark)';

/** Another number whenever colours may have changed: the host's theme or the system's. */
export function useTheme(): number {
  const [theme, setTheme] = useState(0);
  useEffect(() => {
    const changed = (): void => setTheme(before => before + 1);
    const observer = new MutationObserver(changed);
    observer.observe(document.body, {
      attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light']
    });
    const scheme = window.matchMedia?.(SCHEME);
    scheme?.addEventListener('change', changed);
    return () => {
      observer.disconnect();
      scheme?.removeEventListener('change', changed);
    };
  }, []);
  return theme;
}
