import * as fc from 'fast-check';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { writeCard, writeCardPng } from '../../functions/formats/character-card.ts';
import { withTexts } from '../../functions/formats/png.ts';
import { readFile } from '../../functions/formats/read.ts';
import { jpeg, lossyWebp, png } from '../support/pictures.ts';
import { fieldsOf, persona } from './personas.ts';

const picture = new Uint8Array(png());

async function read(name: string, ...parts: (string | Uint8Array<ArrayBuffer>)[]) {
  const { projects, warnings } = await readFile(name, new Blob(parts));
  const [{ personas, images } = { personas: [], images: [] }] = projects;
  return {
    persona: personas[0]?.fields,
    portrait: await images.find(({ id }) => id === personas[0]?.portrait)?.load(),
    warnings: warnings.map(({ message }) => message),
  };
}
const bytes = (array: Uint8Array) => new Uint8Array(array);
const encoded = (card: object) => Buffer.from(JSON.stringify(card)).toString('base64');
const isKept = ([, value]: [string, unknown]) => value !== '' && !(Array.isArray(value) && value.length === 0);
const asKept = (fields: object) => Object.fromEntries(Object.entries(fields).filter(isKept));

describe('of a persona', () => {
  it('is read back as the same persona and portrait, except for empty texts', () =>
    fc.assert(
      fc.asyncProperty(persona, async (persona) => {
        const asPng = await read('greta.png', bytes(writeCardPng(persona, picture)));
        const asJson = await read('greta.json', writeCard(persona, picture));
        const expected = { persona: asKept(fieldsOf(persona)), portrait: picture, warnings: [] };
        expect(asPng).toEqual(expected);
        expect(asJson).toEqual(expected);
      }),
    ));

  const greta = { id: 'a', name: 'Greta', systemPrompt: '{{char}} is no name here.', createdAt: '', updatedAt: '' };

  it('is a valid picture', () => {
    const decoded = PNG.sync.read(Buffer.from(writeCardPng(greta, picture)), { checkCRC: true });
    expect(decoded).toEqual(PNG.sync.read(Buffer.from(picture)));
  });

  it('has a portrait of any type in JSON, or none', async () => {
    expect((await read('a.json', writeCard(greta, jpeg))).portrait).toEqual(new Uint8Array(jpeg));
    expect(writeCard(greta, lossyWebp)).toContain('"uri": "data:image/webp;base64,UklGR');
    expect(await read('a.json', writeCard(greta))).toEqual({
      persona: { name: 'Greta', systemPrompt: greta.systemPrompt },
      portrait: undefined,
      warnings: [],
    });
  });

  it('replaces the card in the picture', async () => {
    const once = writeCardPng({ ...greta, name: 'Someone else' }, picture);
    expect(writeCardPng(greta, once)).toEqual(writeCardPng(greta, picture));
  });
});

describe('of another program', () => {
  const v1 = {
    name: 'Aria',
    description: '{{char}} sells tea. {{User}} wants coffee.',
    personality: 'stubborn',
    scenario: 'A shop. <BOT> is alone.',
    first_mes: 'Hello!',
    mes_example: '<START>',
  };
  const prompt = [
    'Aria sells tea. the assistant wants coffee.',
    'Personality:\nstubborn',
    'Scenario:\nA shop. Aria is alone.',
    'Examples of dialogue:\n<START>',
  ];

  it('is read as V1', async () => {
    expect(await read('aria.json', JSON.stringify(v1))).toEqual({
      persona: { name: 'Aria', systemPrompt: prompt.join('\n\n') },
      portrait: undefined,
      warnings: ['Left out, since a persona has no such fields: first_mes.'],
    });
  });

  it('is read as V2 in a PNG', async () => {
    const data = {
      ...v1,
      creator_notes: 'Made for tests',
      system_prompt: 'Speak as {{char}}.',
      post_history_instructions: '',
      alternate_greetings: [],
      character_book: { entries: [] },
      tags: ['Tea', ' Tea', 'x'.repeat(51), ...Array.from({ length: 30 }, (_, index) => `tag ${index}`)],
      extensions: {},
    };
    const card = { spec: 'chara_card_v2', spec_version: '2.0', data };
    const { persona, portrait, warnings } = await read('aria.png', bytes(withTexts(picture, { chara: encoded(card) })));
    expect(persona).toMatchObject({
      name: 'Aria',
      description: 'Made for tests',
      systemPrompt: ['Speak as Aria.', ...prompt].join('\n\n'),
    });
    expect(portrait).toEqual(picture);
    expect(warnings).toEqual([
      'Left out, since a persona has no such fields: first_mes, character_book.',
      'Only 20 distinct tags of at most 50 characters are imported.',
    ]);
  });

  it('is read as V3 if a picture has both, with its nickname', async () => {
    const v3 = {
      spec: 'chara_card_v3',
      spec_version: '3.0',
      data: { name: 'New', nickname: 'N', description: '{{char}}' },
    };
    const texts = { chara: encoded(v1), ccv3: encoded(v3), Software: 'a camera' };
    const { persona, portrait } = await read('a.png', bytes(withTexts(picture, texts)));
    expect(persona).toEqual({ name: 'New', systemPrompt: 'N' });
    expect(portrait).toEqual(withTexts(picture, { Software: 'a camera' }));
  });

  it('is left out without a valid name', async () => {
    const { persona, warnings } = await read('a.json', JSON.stringify({ ...v1, name: ' ' }));
    expect(persona).toBeUndefined();
    expect(warnings.at(-1)).toBe('Left out: Name is required.');
  });
});

describe('refuses', () => {
  const card = writeCardPng({ id: 'a', name: 'Greta', createdAt: '', updatedAt: '' }, picture);
  it.each([
    ['a truncated picture', card.subarray(0, -20), 'The picture is truncated.'],
    ['a picture without a card', picture, 'It is a picture without a character card.'],
    [
      'a card that is not base64',
      withTexts(picture, { chara: '%' }),
      'Its character card is not valid base64; it may be truncated.',
    ],
    [
      'a truncated card',
      withTexts(picture, { chara: encoded({ name: 'a' }).slice(0, 8) }),
      'Its character card is not valid JSON; it may be truncated.',
    ],
    [
      'a card that is not an object',
      withTexts(picture, { ccv3: encoded([]) }),
      'Its character card is not a JSON object.',
    ],
    ['a huge picture', new Uint8Array(33 * 1024 * 1024), 'It is larger than 32 MB.'],
  ])('%s', async (_, content, message) => {
    await expect(readFile('a.png', new Blob([bytes(content)]))).rejects.toThrow(`a.png: ${message}`);
  });

  it('a file that is not a picture', async () => {
    await expect(readFile('a.png', new Blob(['GIF89a']))).rejects.toThrow('a.png: It is not a PNG.');
  });
});
