/** What callers send of personas. */
import * as z from 'zod/mini';
import { annotate } from './description.ts';
import { absentOr, ImageId, tag, text } from './fields.ts';
import { Name } from './name.ts';

/** `token` of RFC 9110, section 5.6.2: what a header may be called. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}$/;
/** `field-value` of RFC 9110, section 5.5, in ISO 8859-1: what every client can send. */
const sendable = /^[\t\x20-\x7e\xa0-\xff]*$/;
const mostHeaders = 50;

const Headers = z.pipe(
  z
    .custom<Record<string, unknown>>(
      (value) =>
        typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, '__proto__'),
      'headers must be an object of strings, none of them called __proto__',
    )
    .check(
      // Before each of them is looked at, and may be complained about.
      z.refine((headers) => Object.keys(headers).length <= mostHeaders, {
        error: `headers must be at most ${mostHeaders}`,
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
    .check(z.meta({ maxProperties: mostHeaders })),
);

/** Two names that are alike but for case, and so mean one header. */
function sameHeaders(headers: object): [string, string] | undefined {
  const names = new Map<string, string>();
  for (const name of Object.keys(headers)) {
    const other = names.get(name.toLowerCase());
    if (other !== undefined) return [other, name];
    names.set(name.toLowerCase(), name);
  }
  return undefined;
}

const mostTags = 20;

const Tags = z.pipe(
  z.array(tag('a value of tags'), 'tags must be an array of strings').check(
    z.overwrite((tags) => [...new Set(tags)]),
    z.maxLength(mostTags, `tags must be at most ${mostTags}`),
  ),
  z.transform((tags: string[]) => (tags.length > 0 ? tags : null)),
);

const fields = {
  description: absentOr(text('description', 10_000)),
  systemPrompt: absentOr(text('systemPrompt', 100_000)),
  headers: absentOr(Headers),
  tags: absentOr(Tags),
};

/** What the fields of personas mean, in requests and answers. */
export const meanings = {
  name: 'Unique in its project after Unicode NFC and trimming: `Alice` and `alice` differ. Neither control characters nor such as turn the direction of text.',
  description: 'What the persona is, for people.',
  systemPrompt: 'What makes a model speak as this persona; its portrait is drawn from it.',
  headers:
    'HTTP headers that a test run merges over its own, these winning. Their names are tokens of RFC 9110; `__proto__` is not taken.',
  tags: 'Texts to find it by, trimmed, in Unicode NFC, each once.',
};

export const NewPersona = z.object({ name: Name, ...fields }, 'a persona must be an object');
export type NewPersona = z.infer<typeof NewPersona>;
/* @__PURE__ */ annotate(NewPersona, () => ({
  description: 'A persona to be made. `null` says that a field has no value. At most 350 KB in all.',
  fields: meanings,
}));

/** What PUT takes: an absent field stays, `null` removes it; a name can be neither removed nor emptied. */
export const PersonaChanges = z.object({
  name: z.optional(Name),
  ...fields,
  /** An empty one removes it, as `null` does. */
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
    'Changes to a persona: a field that is absent stays, an empty text is stored as such, and `null` removes the field.',
  fields: {
    ...meanings,
    imageUrl: 'The id of an image that is stored in this project.',
    headers: `${meanings.headers} Replaced whole.`,
    tags: `${meanings.tags} Replaced whole.`,
  },
}));
