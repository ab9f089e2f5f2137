/** Personas as the service may hold them, for properties. */
import * as fc from 'fast-check';
import { created, NewPersona, type Persona } from '../../functions/domain/persona.ts';

const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
const line = fc.string({ unit: fc.constantFrom(...'aZ 9,;"\'=+-@|[]{}\t\n\r%#é日🎭'), maxLength: 30 });

const draft = fc.record(
  {
    name: fc.oneof(text(40), line),
    description: fc.oneof(text(40), line),
    systemPrompt: fc.oneof(text(200), line),
    headers: fc.dictionary(fc.stringMatching(/^[A-Za-z-]{1,8}$/), fc.stringMatching(/^[ -~]{0,12}$/), { maxKeys: 3 }),
    tags: fc.uniqueArray(fc.stringMatching(/^[a-z,[\]" -]{1,8}$/), { maxLength: 3 }),
  },
  { requiredKeys: ['name'] },
);

/** Whatever the schema takes. */
export const persona: fc.Arbitrary<Persona> = fc
  .tuple(draft, fc.uuid(), fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }))
  .map(([fields, id, date]) => ({ parsed: NewPersona.safeParse(fields), id, now: date.toISOString() }))
  .filter(({ parsed }) => parsed.success)
  .map(({ parsed, id, now }) => created(parsed.data as NewPersona, id, now));

/** The fields of a persona that a caller sets. */
export const fieldsOf = ({ id: _, imageUrl: __, createdAt: ___, updatedAt: ____, ...fields }: Persona) => fields;
