/**
 * Character cards, the exchange format of SillyTavern and similar programs: JSON, alone or in a text chunk of a PNG, which is the portrait.
 * V1 and V2: https://github.com/malfoyslastname/character-card-spec-v2, V3: https://github.com/kwaroran/character-card-spec-v3
 */
import { portraitRole } from '../domain/image-role.ts';
import type { Persona } from '../domain/persona.ts';
import { decodeUtf8, fromBase64, mediaTypeOf, parseJson, readBytes, toBase64 } from './bytes.ts';
import { type Contents, collector, FormatError, isObject, textOf } from './contents.ts';
import { readTexts, withoutTexts, withTexts } from './png.ts';

/** The keywords of V3 and V2; V3 is preferred. */
const keywords = ['ccv3', 'chara'];

/** Our extension marks a card that this project wrote, and has the fields for which cards have none. */
const extension = 'personas-api';

type Card = Readonly<Record<string, unknown>>;

/** Whether a JSON object is a card: V2 and V3 have `spec`, V1 is recognised by a field of its own. */
export const isCard = (value: Card): boolean =>
  (typeof value.spec === 'string' && isObject(value.data)) || typeof value.first_mes === 'string';

/** Reads the persona of a card. For a card of another program, the prompt is composed of all fields that describe the character. */
export function readCard(card: Card, label: string): Contents {
  const data: Card = isObject(card.data) ? card.data : card;
  return contentsOf(label, data, iconOf(data));
}

/** Reads the persona of a card in a PNG. The PNG without the card is its portrait. */
export async function readCardPng(file: Blob, label = ''): Promise<Contents> {
  if (file.size > largestPng * 1024 * 1024) throw new FormatError(`It is larger than ${largestPng} MB.`);
  const png = await readBytes(file);
  if (mediaTypeOf(png) !== 'image/png') throw new FormatError('It is not a PNG.');
  const texts = readTexts(png);
  const keyword = keywords.find((keyword) => texts.has(keyword));
  if (!keyword) throw new FormatError('It is a picture without a character card.');
  const json = decodeUtf8(fromBase64(texts.get(keyword) ?? '', 'Its character card'), 'Its character card');
  const card = parseJson(json, 'Its character card');
  if (!isObject(card)) throw new FormatError('Its character card is not a JSON object.');
  return contentsOf(label, isObject(card.data) ? card.data : card, withoutTexts(png, keywords));
}

/** In MB: a picture of 4, the largest persona, and data of other programs. */
const largestPng = 32;

function contentsOf(label: string, data: Card, portrait: Uint8Array | undefined): Contents {
  const { addImage, addPersona, contents, warn } = collector(label);
  const image = `${label}#portrait`;
  const own = isObject(data.extensions) ? data.extensions[extension] : undefined;
  const entry = isObject(own) ? ownEntry(data, own) : foreignEntry(data, (message) => warn('', message));
  if (portrait) addImage({ id: image, role: portraitRole, load: async () => portrait });
  addPersona('', { ...entry, name: data.name, ...(portrait && { imageUrl: image }) });
  return contents();
}

const ownEntry = (data: Card, { headers }: Card) => ({
  description: textOf(data.creator_notes),
  systemPrompt: textOf(data.description),
  headers,
  tags: Array.isArray(data.tags) && data.tags.length > 0 ? data.tags : undefined,
});

/** Turns a character that talks with a user into a user that talks with an assistant. */
function foreignEntry(data: Card, warn: (message: string) => void) {
  const field = (name: string) => textOf(data[name])?.trim();
  const headed = (heading: string, text: string | undefined) => text && `${heading}:\n${text}`;
  const parts = [
    field('system_prompt'),
    field('description'),
    headed('Personality', field('personality')),
    headed('Scenario', field('scenario')),
    headed('Examples of dialogue', field('mes_example')),
  ].filter(Boolean);
  const character = textOf(data.nickname) ?? textOf(data.name) ?? '';
  const prompt = parts
    .join('\n\n')
    .replaceAll(/\{\{char\}\}|<bot>/gi, () => character)
    .replaceAll(/\{\{user\}\}|<user>/gi, 'the assistant');

  const left = ['first_mes', 'alternate_greetings', 'post_history_instructions', 'character_book'].filter((name) => {
    const value = data[name];
    return Array.isArray(value) ? value.length > 0 : isObject(value) || textOf(value);
  });
  if (left.length > 0) warn(`Left out, since a persona has no such fields: ${left.join(', ')}.`);
  return { description: field('creator_notes'), systemPrompt: prompt || undefined, tags: tagsFrom(data.tags, warn) };
}

/** Cards of other programs may have more tags, and longer ones, than a persona may have. */
function tagsFrom(tags: unknown, warn: (message: string) => void): string[] | undefined {
  const texts = Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string' && tag.trim() !== '') : [];
  const fitting = [...new Set(texts.map((tag: string) => tag.trim()))]
    .filter((tag) => [...tag].length <= 50)
    .slice(0, 20);
  if (fitting.length < texts.length) warn('Only 20 distinct tags of at most 50 characters are imported.');
  return fitting.length > 0 ? fitting : undefined;
}

/** The main icon of a V3 card, if it is embedded. */
function iconOf({ assets }: Card): Uint8Array | undefined {
  const icons = (Array.isArray(assets) ? assets : []).filter(
    (asset: unknown) => isObject(asset) && asset.type === 'icon',
  );
  const { uri } = icons.find(({ name }) => name === 'main') ?? icons[0] ?? {};
  const [, base64] = /^data:[^,]*;base64,(.*)$/s.exec(textOf(uri) ?? '') ?? [];
  return base64 ? fromBase64(base64, 'Its icon') : undefined;
}

/** The JSON card of a persona with its portrait, a PNG, JPEG or WebP. */
export const writeCard = (persona: Persona, portrait?: Uint8Array): string =>
  `${JSON.stringify(cardOf(persona, portrait), null, 2)}\n`;

/** The card of a persona in its portrait, which must be a PNG: as V3, and as V2 for older programs. */
export function writeCardPng(persona: Persona, portrait: Uint8Array): Uint8Array {
  const card = cardOf(persona);
  const encoded = (card: object) => toBase64(new TextEncoder().encode(JSON.stringify(card)));
  const v2 = { ...card, spec: 'chara_card_v2', spec_version: '2.0' };
  return withTexts(portrait, { ccv3: encoded(card), chara: encoded(v2) });
}

function cardOf(persona: Persona, portrait?: Uint8Array) {
  const { name, description = '', systemPrompt = '', tags = [], headers } = persona;
  return {
    spec: 'chara_card_v3',
    spec_version: '3.0',
    data: {
      name,
      description: systemPrompt,
      personality: '',
      scenario: '',
      first_mes: '',
      mes_example: '',
      creator_notes: description,
      system_prompt: '',
      post_history_instructions: '',
      alternate_greetings: [],
      group_only_greetings: [],
      tags,
      creator: '',
      character_version: '',
      extensions: { [extension]: headers ? { headers } : {} },
      ...(portrait && { assets: [assetOf(portrait)] }),
    },
  };
}

function assetOf(portrait: Uint8Array) {
  const mediaType = mediaTypeOf(portrait) ?? 'image/png';
  const ext = mediaType.slice('image/'.length).replace('jpeg', 'jpg');
  return { type: 'icon', name: 'main', ext, uri: `data:${mediaType};base64,${toBase64(portrait)}` };
}
