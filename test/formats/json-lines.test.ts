import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageLine, personaLine, projectLine, readJsonLines } from '../../functions/formats/json-lines.ts';
import { readFile } from '../../functions/formats/read.ts';
import { png } from '../support/pictures.ts';
import { fieldsOf, persona } from './personas.ts';

const read = (...parts: (string | Uint8Array<ArrayBuffer>)[]) => readFile('personas.jsonl', new Blob(parts));

it('reads what it writes, in any order', () =>
  fc.assert(
    fc.asyncProperty(fc.array(persona), fc.array(fc.uint8Array({ maxLength: 50 })), async (personas, pictures) => {
      const lines = [
        ...pictures.map((bytes, index) => imageLine(`${index}.png`, 'persona-avatar', bytes)),
        ...personas.map((persona, index) =>
          personaLine(index < pictures.length ? { ...persona, imageUrl: `${index}.png` } : persona),
        ),
      ];
      const ordered = (await readJsonLines(new Blob(lines))).projects;
      const turned = (await readJsonLines(new Blob(lines.toReversed()))).projects;
      for (const [project] of [ordered, turned.map((it) => ({ ...it, personas: it.personas.toReversed() }))]) {
        expect(project?.personas.map(({ fields }) => fields)).toEqual(personas.map(fieldsOf));
        expect(project?.personas.map(({ id }) => id)).toEqual(personas.map(({ id }) => id));
        const portraits = project?.personas.flatMap(({ portrait }) => portrait ?? []) ?? [];
        expect(portraits).toEqual(pictures.slice(0, personas.length).map((_, index) => `${index}.png`));
        for (const image of project?.images ?? []) {
          expect(await image.load()).toEqual(pictures[Number.parseInt(image.id, 10)]);
        }
      }
    }),
  ));

it('accepts a line written by hand, blank lines and a byte order mark', async () => {
  const { projects, warnings } = await read('\ufeff{"name": "Greta"}\r\n\n  \n{"name": "Tom", "tags": ["fast"]}');
  expect(projects[0]?.personas.map(({ at, id, fields }) => [at, id, fields.name])).toEqual([
    ['line 1', 'Greta', 'Greta'],
    ['line 4', 'Tom', 'Tom'],
  ]);
  expect(warnings).toEqual([]);
});

it('contains the settings of a project, without keys', async () => {
  const config = {
    id: 'a',
    version: 3,
    name: 'Checkout bot',
    llmSettings: { provider: 'openai', apiKey: 'sk-l...enai', models: { image: 'gpt-image-2', persona: '' } },
    maxConcurrency: 2,
    maxImagesPerDay: 7,
    limits: { maxImagesPerDay: 1000 },
  };
  const line = projectLine(config);
  expect(line).not.toContain('sk-');
  expect((await read(line)).projects).toEqual([
    {
      id: 'a',
      name: 'Checkout bot',
      settings: {
        llmSettings: { provider: 'openai', models: { image: 'gpt-image-2' } },
        maxConcurrency: 2,
        maxImagesPerDay: 7,
      },
      personas: [],
      images: [],
    },
  ]);
});

describe('refuses, naming the line,', () => {
  it.each([
    ['a truncated line', '{"name": "Greta"}\n{"name": "To', 'Line 2 is not valid JSON; it may be truncated.'],
    ['a line that is not an object', '\n["Greta"]', 'Line 2 is not a JSON object.'],
    ['an image without a role', '{"image": {"id": "a.png"}}', 'Line 1 is an image without id, role or imageBase64.'],
    [
      'an image that is not base64',
      '{"image": {"id": "a.png", "role": "x", "imageBase64": "%"}}',
      'Line 1 is not valid base64; it may be truncated.',
    ],
    ['a line of more than 6 MB', `\n{"name": "${'x'.repeat(6 * 1024 * 1024)}"}`, 'Line 2 is longer than 6 MB.'],
    [
      'bytes that are not UTF-8',
      new Uint8Array([0x22, 0xe9, 0x22]),
      'Line 1 is not UTF-8. Save it as UTF-8, or export it again.',
    ],
  ])('%s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(`personas.jsonl: ${message}`);
  });
});

it("leaves out invalid entries, with the service's messages", async () => {
  const { projects, warnings } = await read(
    [
      '{"name": ""}',
      '{"name": 1}',
      '{"name": "Greta", "headers": {"a b": "c"}}',
      `{"name": "${'x'.repeat(201)}"}`,
      '{}',
    ]
      .concat('{"name": "Tom"}')
      .join('\n'),
  );
  expect(projects[0]?.personas.map(({ fields }) => fields)).toEqual([{ name: 'Tom' }]);
  expect(warnings.map(({ at }) => at)).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
  expect(warnings.map(({ message }) => message)).toEqual([
    'Left out: Name is required.',
    'Left out: name must be a string.',
    expect.stringMatching(/^Left out: headers must have names of at most 200 characters/),
    'Left out: name must be at most 200 characters.',
    'Left out: Name is required.',
  ]);
});

it('warns about a missing portrait and equal names', async () => {
  const picture = imageLine('a.png', 'persona-avatar', png());
  const lines = ['{"name": "Greta", "imageUrl": "a.png"}', '{"name": " Greta ", "imageUrl": "b.png"}', picture];
  const { projects, warnings } = await read(lines.join('\n'));
  expect(projects[0]?.personas.map(({ portrait }) => portrait)).toEqual(['a.png', undefined]);
  expect(warnings).toEqual([
    { at: 'line 2', message: 'Its portrait "b.png" is missing.' },
    { at: 'line 2', message: '"Greta" is also the name of line 1.' },
  ]);
});
