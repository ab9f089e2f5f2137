import * as z from 'zod/mini';
import { annotate, type Description } from './description.ts';
import { absentOr, Id, ImageId, isHardToNormalise, isNormalisable, Name, tag, text, timeOf } from './fields.ts';
import { Paging } from './paging.ts';
import { personaTooLarge } from './refusal.ts';

export const PersonaPath = z.object({ projectId: Id, personaId: Id });
export type PersonaPath = z.infer<typeof PersonaPath>;

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

const meanings = {
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

/** What a duplicate may be given. */
export const PersonaCopy = z.object({ name: absentOr(Name) });
export type PersonaCopy = z.infer<typeof PersonaCopy>;
/* @__PURE__ */ annotate(PersonaCopy, () => ({
  description: 'What the copy of a persona is to be.',
  fields: { name: `${meanings.name} Absent: made from that of the persona.` },
}));

/** A persona as it is answered, field by field in this order. Times are ISO 8601 in UTC; `imageUrl` is an image's id. */
export const Persona = z.object({
  id: z.string(),
  name: z.string(),
  description: z.optional(z.string()),
  systemPrompt: z.optional(z.string()),
  imageUrl: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  tags: z.optional(z.array(z.string())),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Persona = z.infer<typeof Persona>;
/** Of all fields or of some. */
export const describePersona = (description: string): Description => ({
  description,
  fields: {
    ...meanings,
    id: 'The id of the persona. Ids sort by creation.',
    imageUrl: 'The id of its portrait: an image of this project, not an address.',
    createdAt: 'When it was made: ISO 8601 in UTC, with milliseconds.',
    updatedAt: 'When it was changed last; at first, when it was made.',
  },
  formats: { id: 'uuid', createdAt: 'date-time', updatedAt: 'date-time' },
});
/* @__PURE__ */ annotate(Persona, () => describePersona('A simulated user. A field that has no value is left out.'));

const fieldNames = Object.keys(Persona.shape) as (keyof Persona)[];
const fieldsRule = `fields must be some of ${fieldNames.join(', ')}, each once, separated by commas`;

const queryTooLong = 'q must be at most 200 characters';

export const PersonasQuery = z.extend(Paging, {
  /** What is answered of each persona. Default: all. */
  fields: z.optional(
    z.pipe(
      z.transform((text) =>
        String(text)
          .split(',')
          .map((name) => name.trim()),
      ),
      z
        .array(z.enum(fieldNames, fieldsRule))
        .check(z.refine((names) => new Set(names).size === names.length, fieldsRule)),
    ),
  ),
  /** Each of them has to be there. */
  tag: z.optional(
    z.pipe(
      z.transform((texts) => [texts].flat().filter((text) => String(text).trim() !== '')),
      z.array(tag('tag')),
    ),
  ),
  /** What is looked for in name, description and tags. */
  q: z.optional(
    z.string().check(
      z.refine((text) => isNormalisable(text, 200), { error: queryTooLong, abort: true }),
      z.normalize('NFC'),
      z.refine((text) => [...text].length <= 200, queryTooLong),
    ),
  ),
});
export type PersonasQuery = z.infer<typeof PersonasQuery>;

/** A persona that did not exist before. `id` is a UUIDv7: ids sort by creation, and tell its time. */
export function created(fields: NewPersona & Pick<Persona, 'imageUrl'>, id: string): Persona {
  const createdAt = timeOf(id);
  return assembled({ ...fields, id, createdAt, updatedAt: createdAt });
}

/** The persona after the changes, or the very same object if they name no field. */
export const changed = (persona: Persona, changes: PersonaChanges, now: string): Persona =>
  Object.keys(changes).length === 0 ? persona : assembled({ ...persona, ...changes, updatedAt: now });

const kilobytes = 350;

/** Refuses a persona of more than 350 KB in its wire form; its portrait's id, which the service gives it, does not count. */
export function checkSize({ imageUrl: _, ...persona }: Persona): void {
  if (new TextEncoder().encode(toWire(persona)).length > kilobytes * 1024) throw personaTooLarge(kilobytes);
}

/** A persona's wire form: the JSON text that is stored and answered. */
export const toWire = (persona: Persona): string => JSON.stringify(persona);

/** Reads a wire form. Throws where it is not one. */
export const fromWire = (wire: string): Persona => Persona.parse(JSON.parse(wire));

/** Those fields of a wire form that are named, in the order of the wire. */
export const narrowed = (wire: string, fields: readonly string[]): string =>
  JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(wire)).filter(([name]) => fields.includes(name))));

/** Whether a wire form is what a search is for; undefined where the query searches for nothing. */
export function searchOf({ tag: wanted = [], q = '' }: PersonasQuery): ((wire: string) => boolean) | undefined {
  if (wanted.length === 0 && q === '') return undefined;
  const text = folded(q);
  return (wire) => {
    const { name, description = '', tags = [] } = fromWire(wire);
    return (
      wanted.every((tag) => tags.includes(tag)) &&
      [name, description, ...tags].some((part) => folded(part).includes(text))
    );
  };
}

/** What is compared without regard to case: two mappings, so that ß meets ẞ, and σ meets ς. */
function folded(text: string): string {
  const normal = isHardToNormalise(text) ? text : text.normalize('NFC');
  return normal.toLowerCase().toUpperCase();
}

/** In the order of the wire and without the fields that have no value. */
const assembled = (fields: Record<string, unknown>): Persona =>
  Persona.parse(Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)));
