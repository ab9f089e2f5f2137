import { isMissed, outcome, type Row } from './row.ts';

/** Three significant digits, and all digits before the point. */
export const figure = (number: number): string =>
  number >= 1000 ? number.toFixed(0) : String(Number(number.toPrecision(3)));

const columns: readonly (readonly [string, (row: Row) => string])[] = [
  ['what', ({ what }) => what],
  ['against', ({ against = '' }) => against],
  ['ratio', (row) => (row.baseline === undefined ? '' : outcome(row).toFixed(2))],
  ['goal', goalText],
  ['', (row) => (isMissed(row) ? 'MISSED' : '')],
  ['measured', ({ value, unit }) => `${figure(value)} ${unit}`],
  ['beside', ({ baseline, unit }) => (baseline === undefined ? '' : `${figure(baseline)} ${unit}`)],
];

/** Prints rows as a Markdown table. */
export function printTable(rows: readonly Row[]): void {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, text]) => text(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const [head = [], ...body] = cells.map((line) => line.map((text, index) => text.padEnd(widths[index] ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  for (const line of [head, rule, ...body]) console.log(`| ${line.join(' | ')} |`);
}

export function goalText({ goal, baseline, unit }: Row): string {
  if (goal === undefined) return '';
  return baseline === undefined ? `≤ ${figure(goal)} ${unit}` : `≤ ${goal.toFixed(2)}`;
}
