/** The bodies of requests about personas. */
import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr, ImageId, tag, text } from './fields.ts';
import { Name } from './name.ts';

/** A header's name: `token` of RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}$/;
/** A header's value that every client can send: `field-value` of RFC 9110, section 5.5, in ISO 8859-1. */
const sendable = /^[\t\x20-\x7e\xa0-\xff]*$/;
const maxHeaders = 50;

const Headers = z.pipe(
  z
    .custom<Record<string, unknown>>(
      (value) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, '__proto__'),
      'headers must be an object of strings, none of them called __proto__',
    )
    .check(
      // Checked first, so that a huge object does not lead to a message for each of its fields.
      z.refine((headers) => Object.keys(headers).length <= maxHeaders, {
        error: `headers must be at most ${maxHeaders}`,
        abort: true,
      }),
      z.refine((headers) => sameHeaders(headers) === undefined, {
        error: ({ input }) => `headers must not have both ${sameHeaders(input as object)?.join(' and ')}`,
        abort: true,
      }),
    ),
  z
    .record(
      z
        .string()
        .check(
          z.regex(token, "headers must have names of at most 200 characters, of letters, digits and !#$%&'*+-.^_`|~"),
        ),
      text('a value of headers', 8_000).check(
        z.regex(
          sendable,
          'a value of headers must be of TAB and characters from U+0020 to U+00FF that are no control characters',
        ),
      ),
    )
    .check(z.meta({ maxProperties: maxHeaders })),
);

/** Two names that differ only in case, and so are the same header. */
function sameHeaders(headers: object): [string, string] | undefined {
  const names = new Map<string, string>();
  for (const name of Object.keys(headers)) {
    const other = names.get(name.toLowerCase());
    if (other !== undefined) return [other, name];
    names.set(name.toLowerCase(), name);
  }
  return undefined;
}

const maxTags = 20;

const Tags = z.pipe(
  z.array(tag('a value of tags'), 'tags must be an array of strings').check(
    z.overwrite((tags) => [...new Set(tags)]),
    z.maxLength(maxTags, `tags must be at most ${maxTags}`),
  ),
  z.transform((tags: string[]) => (tags.length > 0 ? tags : null)),
);

const fields = {
  description: absentOr(text('description', 10_000)),
  systemPrompt: absentOr(text('systemPrompt', 100_000)),
  headers: absentOr(Headers),
  tags: absentOr(Tags),
};

/** Descriptions of the fields of personas, in requests and answers. */
export const meanings = {
  name: 'Unique in its project after Unicode NFC and trimming; `Alice` and `alice` differ. No control, invisible or bidirectional formatting characters.',
  description: 'A description for people.',
  systemPrompt: 'The prompt with which a model plays this persona. Its portrait is drawn from it.',
  headers:
    'HTTP headers that a test run sends in addition to its own; these override the same headers of the run. Names are tokens of RFC 9110, except `__proto__`.',
  tags: 'Distinct tags, trimmed and in Unicode NFC.',
};

export const NewPersona = z.object({ name: Name, ...fields }, 'a persona must be an object');
export type NewPersona = z.infer<typeof NewPersona>;
/* @__PURE__ */ annotate(NewPersona, () => ({
  description: 'A persona to create. `null` means no value. At most 350 KB of JSON.',
  fields: meanings,
}));

/** The body of PUT: an absent field stays, `null` removes it. A name can be neither removed nor emptied. */
export const PersonaChanges = z.object({
  name: z.optional(Name),
  ...fields,
  /** An empty text removes the portrait, as `null` does. */
  imageUrl: absentOr(
    z.pipe(
      z.pipe(
        z.string('imageUrl must be a string'),
        z.transform((id: string) => id || null),
      ),
      z.nullable(ImageId),
    ),
  ),
});
export type PersonaChanges = z.infer<typeof PersonaChanges>;
/* @__PURE__ */ annotate(PersonaChanges, () => ({
  description:
    'Changes to a persona. An absent field stays, an empty text is stored as such, and `null` removes the field.',
  fields: {
    ...meanings,
    imageUrl: 'The id of an image of this project. An empty text or `null` removes the portrait.',
    headers: `${meanings.headers} They replace all headers.`,
    tags: `${meanings.tags} They replace all tags.`,
  },
}));
