import * as z from 'zod/mini';
import { exceeds, isNormalisable } from './fields.ts';

const nameTooLong = 'name must be at most 200 characters';
const controlCharacter = /\p{Cc}/u;
/** Embeddings, overrides and isolates of the Unicode bidirectional algorithm (UAX 9): they can make a name look like another one. */
const directionControl = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * Default-ignorable characters (UAX 44), which are invisible: names that differ only in them look the same. Except those that some scripts
 * and emoji need: joiners, direction marks, a variation selector after its base, and the tags in the flag of a region.
 */
const ignorable = [
  '[\\p{DI}--[\\p{VS}\\u061c\\u200c-\\u200f\\u{e0020}-\\u{e007f}]]',
  '(?<![\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}])\\p{VS}',
  '(?<!\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{0,6})[\\u{e0020}-\\u{e007f}]',
].join('|');

/** Texts of these characters have no ignorable ones, so the Unicode classes, which take 2 % of a cold start to compile, are not needed. */
const isAscii = (text: string): boolean => /^[ -~]*$/.test(text);

const hasInvisible = (text: string): boolean => !isAscii(text) && new RegExp(ignorable, 'v').test(text);

/**
 * Trims white space and invisible characters. At the end, they are matched from the start of the run only, so that the time does not grow with the
 * square of its length.
 */
const trimmed = (text: string): string =>
  isAscii(text)
    ? text.trim()
    : text.replace(new RegExp(`^(?:\\s|${ignorable})+|(?<!\\s|${ignorable})(?:\\s|${ignorable})+$`, 'gv'), '');

/** Whether a text has no visible character. U+2800 is the blank braille pattern. */
export const showsNothing = (text: string): boolean =>
  isAscii(text) ? text.trim() === '' : !/[[\p{L}\p{N}\p{P}\p{S}]--[\p{DI}\u2800]]/v.test(text);

/** The same for a pattern of JSON Schema, since some tools do not support `\p`. */
const excluded = '\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069';

/**
 * A name: 1 to 200 characters in Unicode NFC with at least one visible character. White space and invisible characters are trimmed at
 * its ends; invisible, control and bidirectional formatting characters are refused.
 */
export const Name = z
  .string({ error: ({ input }) => (input == null ? 'Name is required' : 'name must be a string') })
  .check(
    z.refine((name) => isNormalisable(name, 200), { error: nameTooLong, abort: true }),
    z.normalize('NFC'),
    z.overwrite(trimmed),
    z.refine((name) => !showsNothing(name), { error: 'Name is required', abort: true }),
    z.refine((name) => !exceeds(name, 200), nameTooLong),
    z.refine((name) => name.isWellFormed(), 'name must be well-formed Unicode'),
    z.refine((name) => !controlCharacter.test(name), 'name must not contain control characters'),
    z.refine(
      (name) => !directionControl.test(name),
      'name must not contain characters that override the direction of text (U+202A to U+202E, U+2066 to U+2069)',
    ),
    z.refine((name) => !hasInvisible(name), 'name must not contain invisible characters such as U+200B'),
    z.meta({ minLength: 1, maxLength: 200, pattern: `^[^${excluded}]*[^\\s${excluded}][^${excluded}]*$` }),
  );
