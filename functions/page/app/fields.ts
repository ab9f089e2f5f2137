/** The fields of a persona in the editor, and their changes in the form of PUT. */
import type { Persona } from './api.ts';

/** A header as a row of the editor. */
export interface HeaderRow {
  readonly name: string;
  readonly value: string;
}

export interface Fields {
  readonly name: string;
  readonly description: string;
  readonly systemPrompt: string;
  readonly tags: readonly string[];
  readonly headers: readonly HeaderRow[];
}

export const noFields: Fields = { name: '', description: '', systemPrompt: '', tags: [], headers: [] };

export const fieldsOf = ({ name, description, systemPrompt, tags, headers }: Persona): Fields => ({
  name,
  description: description ?? '',
  systemPrompt: systemPrompt ?? '',
  tags: tags ?? [],
  headers: Object.entries(headers ?? {}).map(([header, value]) => ({ name: header, value })),
});

export type FieldName = keyof Fields;

const fieldNames: readonly FieldName[] = ['name', 'description', 'systemPrompt', 'tags', 'headers'];

export const labels: Record<FieldName, string> = {
  name: 'Name',
  description: 'Description',
  systemPrompt: 'System prompt',
  tags: 'Tags',
  headers: 'HTTP headers',
};

type Headers = Record<string, string>;

/** Ignores rows without a name and a value. */
const headersOf = (rows: readonly HeaderRow[]): Headers =>
  Object.fromEntries(rows.filter(({ name, value }) => name || value).map(({ name, value }) => [name.trim(), value]));

/** The name of a header that two rows have. */
export function headerTwice(rows: readonly HeaderRow[]): string | undefined {
  const names = rows.map(({ name }) => name.trim().toLowerCase()).filter(Boolean);
  return rows.find(({ name }) => names.filter((other) => other === name.trim().toLowerCase()).length > 1)?.name;
}

export const wireOf = ({ name, description, systemPrompt, tags, headers }: Fields) => ({
  name,
  description: description || null,
  systemPrompt: systemPrompt || null,
  tags: [...tags],
  headers: headersOf(headers),
});

type Wire = ReturnType<typeof wireOf>;

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** The names of the fields that differ from the persona, or from an empty form. */
export function changedFields(fields: Fields, persona: Persona | undefined): FieldName[] {
  const [now, before] = [wireOf(fields), wireOf(persona ? fieldsOf(persona) : noFields)];
  return fieldNames.filter((name) => !same(now[name], before[name]));
}

/** The changes of a draft, for PUT. */
export function changesOf(fields: Fields, persona: Persona): Partial<Wire> {
  const wire = wireOf(fields);
  return Object.fromEntries(changedFields(fields, persona).map((name) => [name, wire[name]]));
}
