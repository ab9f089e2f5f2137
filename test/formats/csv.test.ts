import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeCsv } from '../../functions/formats/csv.ts';
import { readFile } from '../../functions/formats/read.ts';
import { fieldsOf, persona } from './personas.ts';

const read = (...parts: (string | Uint8Array<ArrayBuffer>)[]) => readFile('personas.csv', new Blob(parts));
const personasOf = async (...parts: (string | Uint8Array<ArrayBuffer>)[]) =>
  (await read(...parts)).projects[0]?.personas.map(({ fields }) => fields);

it('reads what it writes, except for empty texts', () =>
  fc.assert(
    fc.asyncProperty(fc.array(persona), async (personas) => {
      const expected = personas
        .map(fieldsOf)
        .map((fields) => Object.fromEntries(Object.entries(fields).filter(isKept)));
      const [project] = (await read(writeCsv(personas))).projects;
      expect(project?.personas.map(({ fields }) => fields)).toEqual(expected);
      expect(project?.personas.map(({ id }) => id)).toEqual(personas.map(({ id }) => id));
    }),
  ));

const isKept = ([, value]: [string, unknown]) => value !== '' && !(Array.isArray(value) && value.length === 0);

it('writes no cell that a spreadsheet evaluates as a formula', async () => {
  const greta = { id: '1', name: '=1+1', description: "'@x", createdAt: '', updatedAt: '' };
  const csv = writeCsv([greta]);
  expect(csv.split('\r\n')[1]).toMatch(/^1,"'=1\+1","''@x",*$/);
  expect(await personasOf(csv)).toEqual([{ name: '=1+1', description: "'@x" }]);
});

it.each([
  ['commas', 'Name,System prompt\nGreta,"You are Greta, 67.\nYou say ""no""."\n'],
  ['semicolons', '\ufeffname;system_prompt\r\nGreta;"You are Greta, 67.\nYou say ""no""."\r\n;\r\n'],
  ['tabs', 'NAME\tsystemPrompt\r\nGreta\t"You are Greta, 67.\nYou say ""no""."'],
])('accepts other spellings of headings, and cells separated by %s', async (_, csv) => {
  const { projects } = await read(csv);
  expect(projects[0]?.personas.map(({ fields }) => fields)).toEqual([
    { name: 'Greta', systemPrompt: 'You are Greta, 67.\nYou say "no".' },
  ]);
  expect(projects[0]?.fields).toEqual(['name', 'systemPrompt']);
});

it('leaves out unknown columns and invalid entries, with warnings', async () => {
  const { projects, warnings } = await read('name,mood\n"a\nb",1\nTom,2\n');
  expect(projects[0]?.personas).toEqual([{ id: 'Tom', at: 'line 4', fields: { name: 'Tom' } }]);
  expect(warnings).toEqual([
    { at: 'line 1', message: 'The unknown column "mood" is left out.' },
    { at: 'line 2', message: 'Left out: name must not contain control characters.' },
  ]);
});

describe('refuses, naming the line,', () => {
  it.each([
    ['no column of names', 'title\nGreta', 'The first line has no column "name"; known columns are id, name'],
    ['an empty file', '', 'The first line has no column "name"'],
    ['two columns of names', 'name,Name\na,b', 'The first line has two columns "name": "name", "Name".'],
    ['a truncated row', 'name,description\n"a\n",b\nTom', 'Line 4 has 1 cells but the header row has 2'],
    ['an unclosed quote', 'name,description\na,b\nTom,"wants', 'Line 3: a quote is not closed'],
    [
      'a stray quote',
      'name,description\n"Tom"x,b\na,b',
      'Line 2: a quote is not closed, or is in the middle of a cell',
    ],
    ['headers that are not JSON', 'name,headers\nTom,X: 1', 'Line 2: headers is not valid JSON'],
    ['headers that are a list', 'name,headers\nTom,[]', 'Line 2: headers is not a JSON object.'],
    ['bytes that are not UTF-8', new Uint8Array([0x6e, 0xe9]), 'It is not UTF-8.'],
  ])('%s', async (_, csv, message) => {
    await expect(read(csv)).rejects.toThrow(`personas.csv: ${message}`);
  });

  it('a file of more than 64 MB', async () => {
    const megabyte = new Uint8Array(1024 * 1024).fill(0x61);
    await expect(read('name\n', ...Array<Uint8Array<ArrayBuffer>>(64).fill(megabyte))).rejects.toThrow(
      'personas.csv: It is larger than 64 MB; only JSON Lines (.jsonl) may be larger.',
    );
  });
});
