import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';

const stack = useStack();

let project: Client;
beforeAll(async () => {
  project = await newProject(stack.api);
});

/** Creates a persona, checks the answer, and deletes it, so that the next one may have its name. */
async function creating(body: unknown, look: (answer: { status: number; body: Json }) => Promise<void> | void) {
  const answer = await project.post('/personas', body);
  try {
    await look(answer);
  } finally {
    if (answer.status === 201) await project.delete(`/personas/${answer.body.id}`);
  }
}

const holds = <Values extends [unknown, ...unknown[]]>(
  numRuns: number,
  property: fc.IAsyncPropertyWithHooks<Values>,
): Promise<void> => fc.assert(property, { numRuns });

const characters = (text: string) => [...text].length;
const writes = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;
const needed = ['\u061c', '\u200c', '\u200d', '\u200e', '\u200f'];
/** Whether a character of a text is invisible and not needed. No text of these tests has a regional flag. */
const isInvisible = (character: string, index: number, all: string[]) =>
  /\p{VS}/u.test(character)
    ? !writes.test(all[index - 1] ?? '')
    : /\p{DI}/u.test(character) && !needed.includes(character);
const isOuter = (character: string, index: number, all: string[]) =>
  /\s/.test(character) || isInvisible(character, index, all);
function canonical(name: string): string {
  const all = [...name.normalize('NFC')];
  const start = all.findIndex((character, index) => !isOuter(character, index, all));
  const end = all.findLastIndex((character, index) => !isOuter(character, index, all));
  return start < 0 ? '' : all.slice(start, end + 1).join('');
}
const shows = (character: string) =>
  /[\p{L}\p{N}\p{P}\p{S}]/u.test(character) && !/\p{DI}/u.test(character) && character !== '\u2800';
const isValidName = (name: string) =>
  [...canonical(name)].some(shows) &&
  characters(canonical(name)) <= 200 &&
  name.isWellFormed() &&
  ![...canonical(name)].some((character) => /\p{Cc}/u.test(character)) &&
  ![...canonical(name)].some(isInvisible);

/** Any UTF-16 units, including lone surrogates. */
const units = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 250 });
const binary = fc.string({ unit: 'binary', maxLength: 220 });
const graphemes = fc.string({ unit: 'grapheme', maxLength: 220 });
const whiteSpace = fc.string({
  unit: fc.constantFrom(' ', '\t', '\n', '\r', '\u00a0', '\u2003', '\u3000', '\ufeff', '\u200b', '\u00ad'),
});
const composed = fc.string({ unit: fc.constantFrom('é', 'e\u0301', 'Å', '\u212b', 'A\u030a', '각', 'ﬁ', 'a', ' ') });
const validName = fc.oneof(binary, graphemes, composed).filter(isValidName);

it('returns any valid name in NFC and trimmed of invisible characters', () =>
  holds(
    30,
    fc.asyncProperty(whiteSpace, validName, whiteSpace, async (before, name, after) => {
      await creating({ name: before + name + after }, async ({ status, body }) => {
        expect([status, body.name]).toEqual([201, canonical(name)]);
        expect((await project.get(`/personas/${body.id}`)).body).toEqual(body);
      });
    }),
  ));

it('accepts a valid name, and refuses any other text with 400', () =>
  holds(
    60,
    fc.asyncProperty(fc.oneof(units, binary, graphemes, fc.string({ maxLength: 250 })), async (name) => {
      await creating({ name }, ({ status, body }) => {
        expect([status, body.name]).toEqual(isValidName(name) ? [201, canonical(name)] : [400, undefined]);
      });
    }),
  ));

it('answers 201 or 400 to any JSON as a name', () =>
  holds(
    40,
    fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (name) => {
      await creating({ name }, ({ status, body }) => {
        expect([201, 400]).toContain(status);
        if (status === 400) expect(body.error).toMatch(/^name |^Name is required$/);
      });
    }),
  ));

it('treats names as equal if and only if they are equal after NFC and trimming', () =>
  holds(
    20,
    fc.asyncProperty(
      fc.oneof(composed, graphemes).filter(isValidName),
      fc.oneof(composed, graphemes).filter(isValidName),
      whiteSpace,
      fc.constantFrom('NFC', 'NFD'),
      async (name, another, outer, form) => {
        await creating({ name }, async () => {
          await creating({ name: outer + name.normalize(form) + outer }, ({ status, body }) => {
            expect([status, body.error]).toEqual([409, `Persona with name "${canonical(name)}" already exists`]);
          });
          await creating({ name: another }, ({ status }) => {
            expect(status).toBe(canonical(another) === canonical(name) ? 409 : 201);
          });
        });
      },
    ),
  ));

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const token = fc
  .string({ unit: fc.constantFrom(...tokenCharacters), minLength: 1, maxLength: 40 })
  .filter((name) => name !== '__proto__');
const value = fc.string({ unit: 'binary', maxLength: 60 });
const latin1 = fc.nat(0xff).map((code) => String.fromCharCode(code));
const sendable = fc.string({ unit: latin1.filter((text) => text === '\t' || !/\p{Cc}/u.test(text)), maxLength: 60 });
const distinct = (headers: object) =>
  new Set(Object.keys(headers).map((name) => name.toLowerCase())).size === Object.keys(headers).length;

it('stores any valid headers exactly', () =>
  holds(
    25,
    fc.asyncProperty(
      fc.dictionary(token, sendable, { maxKeys: 50, noNullPrototype: true }).filter(distinct),
      async (headers) => {
        await creating({ name: 'Headers', headers }, async ({ status, body }) => {
          expect([status, body.headers]).toEqual([201, headers]);
          expect((await project.get(`/personas/${body.id}`)).body.headers).toEqual(headers);
        });
      },
    ),
  ));

it('stores any object of texts as headers exactly, or refuses it with 400', () =>
  holds(
    50,
    fc.asyncProperty(
      fc.dictionary(fc.oneof(token, units, fc.constantFrom('__proto__', 'constructor', '')), fc.oneof(value, units), {
        maxKeys: 4,
      }),
      async (headers) => {
        await creating({ name: 'Headers', headers }, async ({ status, body }) => {
          expect([201, 400]).toContain(status);
          if (status === 400) return expect(body.error).toMatch(/headers/);
          expect(Object.entries(body.headers).sort()).toEqual(Object.entries(headers).sort());
          expect((await project.get(`/personas/${body.id}`)).body).toEqual(body);
        });
      },
    ),
  ));

const trimmed = (text: string) => text.normalize('NFC').trim();
const outer = fc.constantFrom('', ' ', '\t', '\u3000');
const tag = fc
  .oneof(binary, graphemes, composed)
  .map((text) => [...text].slice(0, 50).join(''))
  .filter((text) => trimmed(text) !== '' && characters(trimmed(text)) <= 50);

it('stores any valid tags distinct, in NFC, trimmed and in order', () =>
  holds(
    25,
    fc.asyncProperty(fc.array(fc.tuple(outer, tag, outer), { maxLength: 20 }), async (padded) => {
      const tags = padded.map((parts) => parts.join(''));
      const kept = [...new Set(tags.map(trimmed))];
      await creating({ name: 'Tags', tags }, async ({ status, body }) => {
        expect([status, body.tags ?? []]).toEqual([201, kept]);
        expect((await project.get(`/personas/${body.id}`)).body).toEqual(body);
      });
    }),
  ));

it('answers 201 or 400 to any array of texts as tags', () =>
  holds(
    25,
    fc.asyncProperty(fc.array(fc.oneof(units, tag), { maxLength: 25 }), async (tags) => {
      await creating({ name: 'Tags', tags }, async ({ status, body }) => {
        expect([201, 400]).toContain(status);
        if (status === 400) expect(body.error).toMatch(/tags/);
      });
    }),
  ));

it('never fails for any JSON object as a body', () =>
  holds(
    25,
    fc.asyncProperty(
      fc.record(
        {
          name: fc.oneof(fc.constant('Anybody'), fc.jsonValue()),
          description: fc.jsonValue(),
          systemPrompt: fc.jsonValue(),
          headers: fc.jsonValue(),
          tags: fc.jsonValue(),
          imageUrl: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      async (fields) => {
        await creating(fields, async ({ status }) => expect([201, 400]).toContain(status));
        await creating({ name: 'Before' }, async ({ body: before }) => {
          const { status, body } = await project.put(`/personas/${before.id}`, fields);
          expect([200, 400]).toContain(status);
          const { body: after } = await project.get(`/personas/${before.id}`);
          expect(after).toEqual(status === 200 ? body : before);
        });
      },
    ),
  ));
