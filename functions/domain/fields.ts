// With all of zod a cold start takes 13 % longer: `npm run bench -- --only tricks`.
import * as z from 'zod/mini';

/**
 * A text of at most `limit` Unicode characters that UTF-8 can hold. Refusals name the field and the limit. `maxLength` of JSON Schema
 * counts code points, as we do; zod's counts UTF-16 units.
 */
export const text = (field: string, limit: number) =>
  z.string(`${field} must be a string`).check(
    z.refine((value) => !exceeds(value, limit), `${field} must be at most ${limit} characters`),
    z.refine((value) => value.isWellFormed(), `${field} must be well-formed Unicode`),
    z.meta({ maxLength: limit }),
  );

/** A field that a caller may leave out, or send as `null` to say that it has no value. */
export const absentOr = <T extends z.ZodMiniType>(schema: T) => z.optional(z.nullable(schema));

const nameTooLong = 'name must be at most 200 characters';
const controlCharacter = /\p{Cc}/u;
/** Embeddings, overrides and isolates of the Unicode bidirectional algorithm (UAX 9): they make a name look like another one. */
const directionControl = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Default-ignorable characters (UAX 44), which show nothing: two names that differ in them alone look the same. Not those that writing
 * needs: joiners, direction marks, a variation selector on its base, and the tags in the flag of a region.
 */
const ignorable = [
  '[\\p{DI}--[\\p{VS}\\u061c\\u200c-\\u200f\\u{e0020}-\\u{e007f}]]',
  '(?<![\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}])\\p{VS}',
  '(?<!\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{0,6})[\\u{e0020}-\\u{e007f}]',
].join('|');
const invisible = new RegExp(ignorable, 'v');
/** From the start of a run only, so that the time does not grow with the square of its length. */
const outer = new RegExp(`^(?:\\s|${ignorable})+|(?<!\\s|${ignorable})(?:\\s|${ignorable})+$`, 'gv');
/** U+2800 is the blank pattern of braille. */
const visible = /[[\p{L}\p{N}\p{P}\p{S}]--[\p{DI}\u2800]]/v;

/** Whether a text has no character that shows. */
export const showsNothing = (text: string): boolean => !visible.test(text);

/** The same for a pattern of JSON Schema, where not every tool knows `\p`. */
const excluded = '\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069';

/**
 * What things are called: 1 to 200 characters, in Unicode NFC, of which one shows, without outer white space, control characters,
 * invisible ones, and such as override the direction of the text.
 */
export const Name = z
  .string({ error: ({ input }) => (input == null ? 'Name is required' : 'name must be a string') })
  .check(
    z.refine((name) => isNormalisable(name, 200), { error: nameTooLong, abort: true }),
    z.normalize('NFC'),
    z.overwrite((name) => name.replace(outer, '')),
    z.refine((name) => !showsNothing(name), { error: 'Name is required', abort: true }),
    z.refine((name) => !exceeds(name, 200), nameTooLong),
    z.refine((name) => name.isWellFormed(), 'name must be well-formed Unicode'),
    z.refine((name) => !controlCharacter.test(name), 'name must not contain control characters'),
    z.refine(
      (name) => !directionControl.test(name),
      'name must not contain characters that override the direction of text (U+202A to U+202E, U+2066 to U+2069)',
    ),
    z.refine((name) => !invisible.test(name), 'name must not contain invisible characters such as U+200B'),
    z.meta({ minLength: 1, maxLength: 200, pattern: `^[^${excluded}]*[^\\s${excluded}][^${excluded}]*$` }),
  );

/** A text to find things by: 1 to 50 characters, in Unicode NFC, without outer white space. */
export const tag = (field: string) =>
  z.string(`${field} must be a string`).check(
    z.refine((value) => isNormalisable(value, 50), { error: `${field} must be at most 50 characters`, abort: true }),
    z.normalize('NFC'),
    z.trim(),
    z.minLength(1, { error: `${field} must not be empty`, abort: true }),
    z.refine((value) => !exceeds(value, 50), `${field} must be at most 50 characters`),
    z.refine((value) => value.isWellFormed(), `${field} must be well-formed Unicode`),
    z.meta({ maxLength: 50 }),
  );

const nowhere = '00000000-0000-0000-0000-000000000000';
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * An id from an address, without regard to case (RFC 9562, section 4). A malformed one becomes one that nothing bears, so that it is
 * answered like any unknown id.
 */
export const Id = z.catch(z.string().check(z.toLowerCase(), z.regex(uuid), z.meta({ format: 'uuid' })), nowhere);

/** When a UUIDv7 was made, in ISO 8601: its first 48 bits are milliseconds since 1970 (RFC 9562, section 5.7). */
export const timeOf = (id: string): string =>
  new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toISOString();

const imageId = /^[0-9a-f-]{36}\.(png|jpg|webp)$/;

/** An image's id from an address: `<uuid>.<true extension>`. Malformed ones as above. */
export const ImageId = z.catch(z.string().check(z.toLowerCase(), z.regex(imageId)), `${nowhere}.png`);

/** Most combining marks in a row that any writing has: https://unicode.org/reports/tr15/#Stream_Safe_Text_Format */
const mostMarks = 30;

/** Whether a text takes long to normalise: the time grows with the square of a run of combining marks. */
export const isHardToNormalise = (value: string): boolean =>
  (value.match(/\p{M}+/gu) ?? []).some((run) => run.length > mostMarks);

/** Whether a text may have that many characters after its normalisation, to which at most four are joined, and is normalised soon. */
export const isNormalisable = (value: string, limit: number): boolean =>
  value.length <= limit || (value.length <= 4 * limit && !isHardToNormalise(value));

/** Whether a text has more code points than that. Counts them only where its length leaves a doubt. */
const exceeds = (value: string, limit: number): boolean =>
  value.length > limit && (value.length > 2 * limit || [...value].length > limit);
