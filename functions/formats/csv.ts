/** CSV with a header row (RFC 4180), as spreadsheets write and read it. */
import Papa from 'papaparse';
import type { Persona } from '../domain/persona.ts';
import { NewPersona } from '../domain/persona-requests.ts';
import { parseJson, readText } from './bytes.ts';
import { type Contents, collector, FormatError, isObject, type PersonaField, quote } from './contents.ts';

type Column = 'id' | PersonaField;
const columns = ['id', ...Object.keys(NewPersona.shape)] as Column[];

/** `System prompt` and `system_prompt` also mean `systemPrompt`. */
const simplify = (heading: string) => heading.toLowerCase().replace(/[\s_-]/g, '');
const known = new Map<string, Column>(columns.map((column) => [simplify(column), column]));

/**
 * Reads CSV. An empty cell is no value. Tags are separated by commas, or a JSON array; headers are a JSON object. The header row shows whether
 * commas, semicolons or tabs separate the cells. Throws a FormatError that names the line.
 */
export async function readCsv(file: Blob, label = ''): Promise<Contents> {
  const text = await readText(file);
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: delimiterOf(text) });
  const lines = rowLines(data);
  const broken = errors.find(({ type }) => type === 'Quotes');
  if (broken) {
    const line = lines[broken.row ?? data.length - 1] ?? 1;
    throw new FormatError(
      `Line ${line}: a quote is not closed, or is in the middle of a cell; the file may be truncated.`,
    );
  }
  const [header = [], ...rows] = data;
  const found = header.map((heading) => known.get(simplify(heading)));
  checkHeader(header, found);

  const fields = found.filter((column): column is PersonaField => column !== undefined && column !== 'id');
  const { addPersona, contents, warn } = collector(label, { fields });
  header.forEach((heading, index) => {
    if (!found[index] && heading.trim()) warn('line 1', `The unknown column ${quote(heading)} is left out.`);
  });
  rows.forEach((row, index) => {
    const line = lines[index + 1] ?? 0;
    if (row.every((cell) => cell === '')) return;
    if (row.length !== header.length) {
      throw new FormatError(
        `Line ${line} has ${row.length} cells but the header row has ${header.length}; the file may be truncated.`,
      );
    }
    addPersona(`line ${line}`, entryOf(row, found, line));
  });
  return contents();
}

/** The most frequent one in the header row: no known heading contains any of them. */
function delimiterOf(text: string): string {
  const [firstLine = ''] = text.split(/[\r\n]/, 1);
  const counts = [',', ';', '\t'].map((delimiter) => ({ delimiter, count: firstLine.split(delimiter).length }));
  return counts.reduce((most, next) => (next.count > most.count ? next : most)).delimiter;
}

function checkHeader(header: readonly string[], found: readonly (Column | undefined)[]): void {
  if (!found.includes('name')) {
    throw new FormatError(`The first line has no column "name"; known columns are ${columns.join(', ')}.`);
  }
  const twice = found.find((column, index) => column && found.indexOf(column) < index);
  if (twice) throw new FormatError(`The first line has two columns ${quote(twice)}: ${header.map(quote).join(', ')}.`);
}

/** The line, from 1, on which each row begins: a quoted cell may contain line breaks. */
function rowLines(rows: readonly (readonly string[])[]): number[] {
  let line = 1;
  return rows.map((row) => {
    const begin = line;
    line += 1 + row.reduce((breaks, cell) => breaks + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
    return begin;
  });
}

function entryOf(row: readonly string[], found: readonly (Column | undefined)[], line: number) {
  const entry: Record<string, unknown> = {};
  found.forEach((column, index) => {
    const cell = unescapeFormula(row[index] ?? '');
    if (!column || cell === '') return;
    entry[column] = column === 'tags' ? tagsFrom(cell, line) : column === 'headers' ? headersFrom(cell, line) : cell;
  });
  return entry;
}

function tagsFrom(cell: string, line: number): unknown {
  if (cell.startsWith('[')) return parseJson(cell, `Line ${line}: tags`);
  return cell
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);
}

function headersFrom(cell: string, line: number): unknown {
  const headers = parseJson(cell, `Line ${line}: headers`);
  if (!isObject(headers)) throw new FormatError(`Line ${line}: headers is not a JSON object.`);
  return headers;
}

/**
 * Spreadsheets evaluate such a cell as a formula, unless an apostrophe is before it.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const formula = /^'*[=+\-@\t\r]/;
const escapedFormula = /^'(?='*[=+\-@\t\r])/;
const unescapeFormula = (cell: string) => cell.replace(escapedFormula, '');

/** Portraits are left out. */
export const writeCsv = (personas: readonly Persona[]): string =>
  `${Papa.unparse({ fields: columns, data: personas.map(rowOf) }, { escapeFormulae: formula })}\r\n`;

const rowOf = (persona: Persona): string[] => columns.map((column) => cellOf(persona[column]));

function cellOf(value: Persona[Column]): string {
  if (Array.isArray(value) && !value.some((text) => /^\[|,/.test(text))) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : (value ?? '');
}
