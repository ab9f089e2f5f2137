/** Arbitrary personas, for property tests. */
import * as fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { newPersona, type Persona } from '../../functions/domain/persona.ts';
import { NewPersona } from '../../functions/domain/persona-requests.ts';

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

/** Arbitrary valid input of the schema. */
export const persona: fc.Arbitrary<Persona> = fc
  .tuple(draft, fc.nat(4e12), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(([fields, msecs, random]) => ({ parsed: NewPersona.safeParse(fields), id: uuidv7({ msecs, random }) }))
  .filter(({ parsed }) => parsed.success)
  .map(({ parsed, id }) => newPersona(parsed.data as NewPersona, id));

/** The fields of a persona that callers set. */
export const fieldsOf = ({ id: _, imageUrl: __, createdAt: ___, updatedAt: ____, ...fields }: Persona) => fields;
