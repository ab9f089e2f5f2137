import * as z from 'zod/mini';
import { annotate, type Description } from './description.ts';
import { Id, timeOf } from './fields.ts';
import { meanings, type NewPersona, type PersonaChanges } from './persona-requests.ts';
import { personaTooLarge } from './refusal.ts';

export const PersonaPath = z.object({ projectId: Id, personaId: Id });
export type PersonaPath = z.infer<typeof PersonaPath>;

/** A persona as the API returns it, with its fields in this order. Times are ISO 8601 in UTC; `imageUrl` is an image's id. */
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
/** Descriptions of a persona with all of its fields or some of them. */
export const describePersona = (description: string): Description => ({
  description,
  fields: {
    ...meanings,
    id: 'The id of the persona. Ids sort by creation time.',
    imageUrl: 'The id of its portrait, an image of this project. Not a URL.',
    createdAt: 'When it was created: ISO 8601 in UTC, with milliseconds.',
    updatedAt: 'When it was last changed: ISO 8601 in UTC, with milliseconds.',
  },
  formats: { id: 'uuid', createdAt: 'date-time', updatedAt: 'date-time' },
});
/* @__PURE__ */ annotate(Persona, () => describePersona('A simulated user. Fields without a value are absent.'));

/** A new persona. `id` is a UUIDv7, so that ids sort by creation time; `createdAt` is the time in it. */
export function newPersona(fields: NewPersona & Pick<Persona, 'imageUrl'>, id: string): Persona {
  const createdAt = timeOf(id);
  return assemble({ ...fields, id, createdAt, updatedAt: createdAt });
}

/** The persona after the changes, or the same object if there are none. */
export const applyChanges = (persona: Persona, changes: PersonaChanges, now: string): Persona =>
  Object.keys(changes).length === 0 ? persona : assemble({ ...persona, ...changes, updatedAt: now });

const kilobytes = 350;

/** Refuses a persona of more than 350 KB of JSON. The id of its portrait, which the service sets, does not count. */
export function checkSize({ imageUrl: _, ...persona }: Persona): void {
  if (new TextEncoder().encode(toWire(persona)).length > kilobytes * 1024) throw personaTooLarge(kilobytes);
}

/** A persona's wire form: the JSON text that is stored and returned. */
export const toWire = (persona: Persona): string => JSON.stringify(persona);

/** Parses a wire form. Throws if it is not valid. */
export const fromWire = (wire: string): Persona => Persona.parse(JSON.parse(wire));

/** Orders the fields as in the wire form and drops those without a value. */
const assemble = (fields: Record<string, unknown>): Persona =>
  Persona.parse(Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)));
