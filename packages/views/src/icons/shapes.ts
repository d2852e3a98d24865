/**
 * Owns the drawings of the icon set: 16 px grid, 1.4 px line, round ends, one colour. A drawing is
 * lines, filled shapes, and cuts in the colour of what lies behind (the cross in the failed disc).
 */

export interface Drawing {
  /** SVG path data, stroked. */
  readonly lines?: readonly string[];
  /** SVG path data, filled. */
  readonly fills?: readonly string[];
  /** SVG path data, stroked in the surface colour over the fills. */
  readonly cuts?: readonly string[];
  /** SVG path data, filled in the brand colour. */
  readonly accents?: readonly string[];
}

const round = (n: number): number => Math.round(n * 100) / 100;

const disc = (x: number, y: number, r: number): string => {
  const d = round(2 * r);
  return `M${round(x - r)} ${y}a${r} ${r} 0 1 0 ${d} 0a${r} ${r} 0 1 0 ${-d} 0z`;
};

const SHEET = 'M3.7 1.7h5.1l3.5 3.5v9.1H3.7z';

export const DRAWINGS = {
  /** Dotscience itself. */
  mark: {
    lines: ['M3.6 11.9h8.2', 'M3.9 11.2c4.1-.6 6.2-2.9 7.5-6.6'],
    fills: [disc(3, 12, 1.9), disc(12.6, 12, 1.9)],
    accents: [disc(12.2, 3.4, 2.3)]
  },
  /** Dotscience while a run is live. */
  'mark-live': {
    lines: ['M3.6 12.4h7.4', 'M3.9 11.7c3.1-.5 4.8-2.2 5.9-4.9'],
    fills: [disc(3, 12.4, 1.9), disc(12.2, 12.4, 1.9)],
    accents: [disc(11.7, 4.3, 3.6)]
  },
  /** Snapshot. */
  camera: {
    lines: ['M1.7 5.3h2.8l1.2-2h4.6l1.2 2h2.8v7.9H1.7z', disc(8, 9, 2.3)]
  },
  file: { lines: [SHEET, 'M8.7 1.9v3.4h3.4'] },
  notebook: {
    lines: ['M3 1.7h10v12.6H3z', 'M5.6 1.7v12.6', 'M8 5h2.6', 'M8 8h2.6']
  },
  model: {
    lines: [
      'M8 1.6l5.5 3.2v6.4L8 14.4l-5.5-3.2V4.8z',
      'M2.7 4.9L8 8l5.3-3.1',
      'M8 8v6.2'
    ]
  },
  outside: {
    lines: ['M2.9 4.2h10.2l-1.3 10.1H4.2z', 'M2.2 4.2h11.6', 'M5.4 1.7h5.2']
  },
  run: { lines: [disc(8, 8, 6.3)], fills: ['M6.5 5.2v5.6L11 8z'] },
  restore: {
    lines: [
      'M2.3 5.6A6.2 6.2 0 1 1 1.8 8.6',
      'M2.1 2.3v3.5h3.5',
      'M8 4.9v3.4l2.3 1.4'
    ]
  },
  copy: { lines: ['M5.3 5.3h8.4v8.4H5.3z', 'M10.7 5.1V2.3H2.3v8.4h2.8'] },
  parameters: {
    lines: [
      'M1.8 4.5h6.9',
      'M12.5 4.5h1.7',
      disc(10.6, 4.5, 1.8),
      'M1.8 11.5h1.7',
      'M7.3 11.5h6.9',
      disc(5.4, 11.5, 1.8)
    ]
  },
  package: {
    lines: [
      'M8 1.6l5.8 2.8v7.2L8 14.4l-5.8-2.8V4.4z',
      'M2.4 4.5L8 7.2l5.6-2.7',
      'M8 7.2v7',
      'M5.1 3l5.7 2.8v2.6'
    ]
  },
  terminal: {
    lines: ['M1.7 2.7h12.6v10.6H1.7z', 'M4.4 6l2 2-2 2', 'M8.3 10.2h3']
  },
  curve: {
    lines: [
      'M2.2 1.8v12h12',
      'M4.4 11.2c2.2-.4 2.6-6 5-6.6 1.6-.4 2.6-.6 4.6-.7'
    ]
  },
  list: {
    lines: ['M5.4 3.6h8.8', 'M5.4 8h8.8', 'M5.4 12.4h8.8'],
    fills: [disc(2.4, 3.6, 0.9), disc(2.4, 8, 0.9), disc(2.4, 12.4, 0.9)]
  },
  image: {
    lines: [
      'M1.8 2.6h12.4v10.8H1.8z',
      'M2 11.4l3.6-3.6 2.6 2.6 2.2-2.2 3.6 3.4',
      disc(10.6, 5.6, 1.1)
    ]
  },
  /** Where something came from. */
  branch: {
    lines: [
      disc(4, 3.6, 1.7),
      disc(4, 12.4, 1.7),
      disc(12, 5.4, 1.7),
      'M4 5.4v5.2',
      'M12 7.2c0 2.8-4.4 2-7.4 3.6'
    ]
  },
  plus: { lines: ['M8 3v10', 'M3 8h10'] },
  folder: { lines: ['M1.7 3.2h4.5l1.5 1.9h6.6v8.2H1.7z'] },
  eye: {
    lines: [
      'M1.3 8c1.5-2.8 3.9-4.3 6.7-4.3s5.2 1.5 6.7 4.3c-1.5 2.8-3.9 4.3-6.7 4.3S2.8 10.8 1.3 8z',
      disc(8, 8, 2)
    ]
  },
  check: { lines: ['M2.6 8.5l3.5 3.6 7.3-8'] },
  clock: { lines: [disc(8, 8, 6.3), 'M8 4.4V8l2.4 1.6'] },
  user: {
    lines: [disc(8, 5, 2.8), 'M2.6 14.2c.5-3.1 2.6-4.7 5.4-4.7s4.9 1.6 5.4 4.7']
  },
  cloud: {
    lines: [
      'M4.5 12.7h6.9a2.9 2.9 0 0 0 .5-5.7A4.1 4.1 0 0 0 4 6.3a3.2 3.2 0 0 0 .5 6.4z'
    ]
  },
  'chevron-down': { lines: ['M3.8 6l4.2 4.2L12.2 6'] },
  'chevron-right': { lines: ['M6 3.8L10.2 8 6 12.2'] },
  close: { lines: ['M3.8 3.8l8.4 8.4', 'M12.2 3.8l-8.4 8.4'] },
  download: { lines: ['M8 2v8.2', 'M4.6 7L8 10.4 11.4 7', 'M2.5 13.7h11'] },
  again: { lines: ['M13.7 5.6A6.2 6.2 0 1 0 14.2 8.6', 'M13.9 2.3v3.5h-3.5'] },
  info: { lines: [disc(8, 8, 6.3), 'M8 7.3v3.9'], fills: [disc(8, 4.9, 0.9)] },
  /** Higher is better, lower is better, not known. */
  higher: { lines: ['M8 13.5V2.8', 'M4 6.8L8 2.8l4 4'] },
  lower: { lines: ['M8 2.5v10.7', 'M4 9.2l4 4 4-4'] },
  'either-way': {
    lines: [
      'M5 13.5V2.8',
      'M2.4 5.4L5 2.8l2.6 2.6',
      'M11 2.5v10.7',
      'M8.4 10.6l2.6 2.6 2.6-2.6'
    ]
  },
  better: { fills: ['M8 3l6 10H2z'] },
  worse: { fills: ['M8 13L2 3h12z'] },
  best: {
    fills: [
      'M8 1l2.06 4.6 5 .5-3.76 3.36 1.1 4.94L8 11.85 3.6 14.4l1.1-4.94L.94 6.1l5-.5z'
    ]
  },
  published: { fills: [disc(8, 8, 2.6)] },
  edit: {
    lines: ['M2.6 13.4l.7-3.2 7.9-7.9 2.5 2.5-7.9 7.9z', 'M9.4 4.1l2.5 2.5']
  },
  ended: { lines: [disc(8, 8, 3.6)] },
  running: { fills: [disc(8, 8, 4.4)] },
  failed: {
    fills: [disc(8, 8, 7)],
    cuts: ['M5.4 5.4l5.2 5.2', 'M10.6 5.4l-5.2 5.2']
  },
  look: { fills: ['M8 1.4l7.2 13H.8z'], cuts: ['M8 6v4', 'M8 12.2v.1'] },
  more: { fills: [disc(3, 8, 1.3), disc(8, 8, 1.3), disc(13, 8, 1.3)] },
  /** What the store holds. */
  storage: {
    lines: [
      'M1.8 9.2h12.4v4H1.8z',
      'M1.8 9.2l2.2-6.4h8l2.2 6.4',
      'M4.4 11.2h.1'
    ]
  },
  /** Kept whatever else goes. */
  pin: { lines: ['M5.2 1.9h5.6', 'M6.2 2.1v4L4 9h8L9.8 6.1v-4', 'M8 9.2v5'] },
  /** Every stored byte checked. */
  shield: {
    lines: [
      'M8 1.6l5.4 2v4.2c0 3.3-2.2 5.4-5.4 6.7-3.2-1.3-5.4-3.4-5.4-6.7V3.6z',
      'M5.5 7.8l1.8 1.9 3.3-3.8'
    ]
  }
} as const satisfies Readonly<Record<string, Drawing>>;

export type IconName = keyof typeof DRAWINGS;
