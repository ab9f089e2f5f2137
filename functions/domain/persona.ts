import * as z from 'zod/mini';
import { annotate, type Description } from './description.ts';
import { Id, timeOf } from './fields.ts';
import { meanings, type NewPersona, type PersonaChanges } from './persona-requests.ts';
import { personaTooLarge } from './refusal.ts';

export const PersonaPath = z.object({ projectId: Id, personaId: Id });
export type PersonaPath = z.infer<typeof PersonaPath>;

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

/** In the order of the wire and without the fields that have no value. */
const assembled = (fields: Record<string, unknown>): Persona =>
  Persona.parse(Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null)));
