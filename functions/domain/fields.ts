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
export const exceeds = (value: string, limit: number): boolean =>
  value.length > limit && (value.length > 2 * limit || [...value].length > limit);
