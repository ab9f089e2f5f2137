/** Output of the tool: results on standard output, everything else on standard error. */
import { stripVTControlCharacters } from 'node:util';
import cliProgress from 'cli-progress';
import Table from 'cli-table3';

/** Removes terminal escape sequences and control characters, except line feeds and tabs: texts of a service may contain them. */
const printable = (text: string) => stripVTControlCharacters(text).replaceAll(/(?![\n\t])\p{Cc}/gu, '\ufffd');

export const print = (text: string): void => void process.stdout.write(`${printable(text)}\n`);

export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

export const note = (text: string): void => void process.stderr.write(`${printable(text)}\n`);

const maxCell = 48;

/** Prints a table; long cells are cut. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const edges = ['top', 'bottom', 'left', 'right', 'mid'];
  const parts = ['-mid', '-left', '-right', ''];
  const names = edges.flatMap((edge) => parts.map((part) => edge + part));
  const table = new Table({
    head: [...head],
    chars: { ...Object.fromEntries(names.map((name) => [name, ''])), middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => row.map(cellOf)));
  print(table.toString().replaceAll(/ +$/gm, ''));
}

function cellOf(text: string): string {
  const characters = [...text.replaceAll(/\s+/g, ' ')];
  return characters.length > maxCell ? `${characters.slice(0, maxCell - 1).join('')}…` : characters.join('');
}

export interface Progress {
  step(count?: number): void;
  stop(): void;
}

/** Shows a progress bar on standard error, if that is a terminal. */
export function showProgress(what: string, total: number): Progress {
  const bar = new cliProgress.SingleBar(
    { format: `${what} {bar} {value}/{total}, {eta_formatted} left`, hideCursor: true, clearOnComplete: true },
    cliProgress.Presets.shades_classic,
  );
  if (total > 0) bar.start(total, 0);
  return { step: (count = 1) => bar.increment(count), stop: () => bar.stop() };
}

/** `1 persona`, `2 personas`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
