import { expect, it } from 'vitest';
import { writeCardPng } from '../../functions/formats/character-card.ts';
import { readFile, readFolder } from '../../functions/formats/read.ts';
import { png } from '../support/pictures.ts';

const card = (name: string) =>
  new Blob([new Uint8Array(writeCardPng({ id: 'a', name, createdAt: '', updatedAt: '' }, png()))]);

it('reads a list of the API, and a single persona', async () => {
  const persona = { id: 'a', name: 'Greta', createdAt: '2026-11-26T11:36:33.846Z' };
  for (const json of [[persona], persona]) {
    const { projects } = await readFile('personas.json', new Blob([JSON.stringify(json)]));
    expect(projects[0]?.personas).toEqual([{ id: 'a', at: 'persona 1', fields: { name: 'Greta' } }]);
  }
});

it('reads a folder of cards and lists as one project, and ignores other files', async () => {
  const files = new Map([
    ['cards/greta.PNG', card('Greta')],
    ['cards/tom.png', card('Tom')],
    ['more.csv', new Blob(['name\nGreta\n'])],
    ['README.md', new Blob(['x'])],
  ]);
  const { projects, warnings } = await readFolder(files);
  expect(projects).toHaveLength(1);
  const [project] = projects;
  expect(project?.personas.map(({ at, fields }) => [at, fields.name])).toEqual([
    ['cards/greta.PNG', 'Greta'],
    ['cards/tom.png', 'Tom'],
    ['more.csv, line 2', 'Greta'],
  ]);
  expect(new Set(project?.images.map(({ id }) => id))).toEqual(
    new Set(project?.personas.flatMap(({ portrait }) => portrait ?? [])),
  );
  expect(project?.images).toHaveLength(2);
  expect(warnings).toEqual([{ at: 'more.csv, line 2', message: '"Greta" is also the name of cards/greta.PNG.' }]);
});

it('reads an exported folder with its images', async () => {
  const files = new Map([
    ['personas.jsonl', new Blob(['{"name": "Greta", "imageUrl": "a.png"}\n'])],
    ['images/persona-avatar/a.png', new Blob([new Uint8Array(png())])],
  ]);
  const { projects, warnings } = await readFolder(files);
  expect(warnings).toEqual([]);
  expect(projects[0]?.personas[0]?.portrait).toBe('a.png');
  expect(await projects[0]?.images[0]?.load()).toEqual(new Uint8Array(png()));
});

it.each(['personas.txt', 'personas', 'personas.constructor'])(
  'refuses %s, and lists what can be read',
  async (name) => {
    await expect(readFile(name, new Blob(['x']))).rejects.toThrow(
      `${name}: only files with the extensions jsonl, ndjson, json, csv, tsv, png can be read.`,
    );
  },
);

it('refuses a folder without known files', async () => {
  await expect(readFolder(new Map([['a.txt', new Blob([])]]))).rejects.toThrow(
    'no file with one of the extensions jsonl',
  );
});
