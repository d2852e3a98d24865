/** Owns the icon set as SVG text for hosts: JupyterLab recolours what has its `jp-icon` classes. */
import { DRAWINGS, type Drawing, type IconName } from './shapes';

// A `fill` attribute beside a jp-icon class would be recoloured too: "none" stands on the group.
function svgOf({
  lines = [],
  fills = [],
  cuts = [],
  accents = []
}: Drawing): string {
  const stroke = (kind: string, d: string, colour: string): string =>
    `<path class="${kind}" stroke="${colour}" d="${d}"/>`;
  const fill = (kind: string, d: string, colour: string): string =>
    `<path class="${kind}" fill="${colour}" stroke="none" d="${d}"/>`;
  const paths = [
    ...lines.map(d => stroke('jp-icon3', d, 'currentColor')),
    ...fills.map(d => `<path class="jp-icon3" fill="currentColor" d="${d}"/>`),
    ...cuts.map(d => stroke('jp-icon-inverse0', d, 'var(--jp-layout-color1)')),
    ...accents.map(d => fill('jp-icon-brand1', d, 'currentColor'))
  ].join('');
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
    '<g fill="none" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round">' +
    `${paths}</g></svg>`
  );
}

/** Every icon as SVG text, for `LabIcon` `dotscience:<name>`. */
export const IconSet = Object.fromEntries(
  Object.entries(DRAWINGS).map(([name, drawing]) => [name, svgOf(drawing)])
) as Readonly<Record<IconName, string>>;
