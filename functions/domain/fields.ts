// With the full zod, a cold start takes 13 % longer: `npm run bench -- --only tricks`.
import * as z from 'zod/mini';

/**
 * A text of at most `limit` code points without lone surrogates. Its error messages name the field and the limit. JSON Schema's
 * `maxLength` counts code points too; zod's counts UTF-16 units.
 */
export const text = (field: string, limit: number) =>
  z.string(`${field} must be a string`).check(
    z.refine((value) => !exceeds(value, limit), `${field} must be at most ${limit} characters`),
    z.refine((value) => value.isWellFormed(), `${field} must be well-formed Unicode`),
    z.meta({ maxLength: limit }),
  );

/** A field that may be absent, or `null` for no value. */
export const absentOr = <T extends z.ZodMiniType>(schema: T) => z.optional(z.nullable(schema));

/** A tag: 1 to 50 characters in Unicode NFC, trimmed. */
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
 * An id in a path, case-insensitive (RFC 9562, section 4). A malformed one becomes an id that nothing has, so that the answer is that for
 * an unknown id.
 */
export const Id = z.catch(z.string().check(z.toLowerCase(), z.regex(uuid), z.meta({ format: 'uuid' })), nowhere);

/** The time of a UUIDv7, in ISO 8601: its first 48 bits are milliseconds since 1970 (RFC 9562, section 5.7). */
export const timeOf = (id: string): string =>
  new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toISOString();

const imageId = /^[0-9a-f-]{36}\.(png|jpg|webp)$/;

/** An image's id in a path: `<uuid>.<extension>`. Malformed ones as above. */
export const ImageId = z.catch(z.string().check(z.toLowerCase(), z.regex(imageId)), `${nowhere}.png`);

/** The most combining marks in a row of any script: https://unicode.org/reports/tr15/#Stream_Safe_Text_Format */
const maxMarks = 30;

/** Whether a text takes long to normalise: the time grows with the square of the length of a run of combining marks. */
export const isHardToNormalise = (value: string): boolean =>
  (value.match(/\p{M}+/gu) ?? []).some((run) => run.length > maxMarks);

/** Whether a text can have that many characters after normalisation, which joins at most four into one, and is quick to normalise. */
export const isNormalisable = (value: string, limit: number): boolean =>
  value.length <= limit || (value.length <= 4 * limit && !isHardToNormalise(value));

/** Whether a text has more code points than that. Counts them only if its length does not decide it. */
export const exceeds = (value: string, limit: number): boolean =>
  value.length > limit && (value.length > 2 * limit || [...value].length > limit);
