import { isMissed, outcome, type Row } from './row.ts';
import { figure, goalText } from './table.ts';

const width = 1060;
const lineHeight = 22;
const bars = { left: 630, goal: 770 };
const figures = 850;

/**
 * A bar chart: for each goal, the row that is closest to it or furthest beyond, as a share of the goal. Its colours are readable on white and on
 * black.
 */
export function drawChart(measures: readonly (readonly Row[])[]): string {
  const shown = measures.flatMap((rows) =>
    Object.values(Object.groupBy(rows, ({ goal = 0 }) => goal)).flatMap((alike = []) => worstOf(alike)),
  );
  const height = lineHeight * (shown.length + 1) + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="What was measured, against its goals">`,
    '<style>text { font: 12px sans-serif; fill: #57606a } .bar { fill: #2f81f7 } .missed { fill: #cf222e } line { stroke: #57606a }',
    '@media (prefers-color-scheme: dark) { text { fill: #9198a1 } line { stroke: #9198a1 } }</style>',
    text(bars.goal, 14, 'goal', 'middle'),
    `<line x1="${bars.goal}" y1="20" x2="${bars.goal}" y2="${height - 4}"/>`,
    ...shown.flatMap(drawRow),
    '</svg>',
    '',
  ].join('\n');
}

function worstOf(rows: readonly Row[]): Row[] {
  const [worst] = rows.filter(({ goal }) => goal !== undefined).toSorted((one, other) => outcome(other) - outcome(one));
  if (!worst) return [];
  return [rows.length === 1 ? worst : { ...worst, what: `worst of ${rows.length}: ${worst.what}` }];
}

function drawRow(row: Row, index: number): string[] {
  const top = lineHeight * (index + 1);
  const share = outcome(row) / (row.goal || 1);
  const length = Math.min(share * (bars.goal - bars.left), figures - bars.left - 10);
  const beside = row.baseline === undefined ? '' : ` / ${figure(row.baseline)}`;
  const ratio = row.baseline === undefined ? '' : `${outcome(row).toFixed(2)} ${goalText(row)}, `;
  const absolute = `${figure(row.value)}${beside} ${row.unit}${row.baseline === undefined ? `, ${goalText(row)}` : ''}`;
  return [
    `<rect class="${isMissed(row) ? 'missed' : 'bar'}" x="${bars.left}" y="${top + 4}" width="${length.toFixed(1)}" height="${lineHeight - 8}"/>`,
    text(bars.left - 10, top + 15, row.against ? `${row.what} / ${row.against}` : row.what, 'end'),
    text(figures, top + 15, ratio + absolute, 'start'),
  ];
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

const text = (x: number, y: number, content: string, anchor: string): string =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}">${content.replace(/[&<>]/g, (sign) => escapes[sign] ?? sign)}</text>`;
