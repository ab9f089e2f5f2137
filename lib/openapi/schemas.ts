/** The schemas of the document: those that validate requests, and those of answers. */
import * as z from 'zod/mini';
import { ConfigChanges, LlmSettings } from '../../functions/domain/config-changes.ts';
import { descriptionOf } from '../../functions/domain/description.ts';
import { NewImage } from '../../functions/domain/image.ts';
import { Persona } from '../../functions/domain/persona.ts';
import { PersonaBatch } from '../../functions/domain/persona-batch.ts';
import { PersonaCopy } from '../../functions/domain/persona-copy.ts';
import { NewPersona, PersonaChanges } from '../../functions/domain/persona-requests.ts';
import { NewProject } from '../../functions/domain/project.ts';
import { ListedKey, NewKey } from '../../functions/domain/project-key.ts';
import {
  BatchResults,
  CreatedKey,
  Failure,
  ImageIds,
  ListedPersona,
  Models,
  OpenApiDocument,
  OwnKey,
  Portrait,
  Project,
  ProjectConfig,
  ProviderModels,
  Status,
  UploadedImage,
} from './answers.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

const named = {
  Status,
  Models,
  ProviderModels,
  OpenApiDocument,
  Project,
  NewProject,
  ProjectConfig,
  ConfigChanges,
  LlmSettings,
  NewKey,
  OwnKey,
  CreatedKey,
  ListedKey,
  Persona,
  ListedPersona,
  NewPersona,
  PersonaChanges,
  PersonaBatch,
  BatchResults,
  PersonaCopy,
  Portrait,
  NewImage,
  UploadedImage,
  ImageIds,
  Failure,
};

export type SchemaName = keyof typeof named;

export const reference = (name: SchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries<z.core.$ZodType>(named)) names.add(schema, { id });

const options: z.core.ToJSONSchemaParams = {
  io: 'input',
  unrepresentable: 'any',
  override: ({ zodSchema: { _zod: inner }, jsonSchema }) => {
    const { def } = inner;
    // `catch` turns malformed ids into unknown ones, and is not a default.
    if (def.type === 'catch') delete jsonSchema.default;
    // The format says the same.
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    // The output of a pipe says more than its input, which may be any value.
    if (def.type === 'pipe' && narrows(def)) Object.assign(jsonSchema, inlined(def.out));
  },
};

const narrows = ({ out }: { out?: z.core.$ZodType }) => out !== undefined && out._zod.def.type !== 'transform';

/** A schema as JSON Schema, without references. */
export function inlined(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, options);
  return simplify(json);
}

/** All named schemas, which refer to each other. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(names, { ...options, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries(named).map(([name, described]) => {
      const { description, fields, formats = {} } = descriptionOf(described) ?? undescribed(name);
      const { $schema: _, $id: __, ...json } = schemas[name] ?? {};
      const schema = describeFields(name, simplify({ description, ...json }), fields);
      for (const [field, format] of Object.entries(formats))
        Object.assign(schema.properties?.[field] ?? {}, { format });
      return [name, schema];
    }),
  );
}

function undescribed(what: string): never {
  throw new Error(`${what} has no description: call annotate() where the schema is defined`);
}

/** The name of a schema in the document. */
export function nameOf(schema: z.core.$ZodType): SchemaName {
  const name = Object.entries(named).find(([, entry]) => entry === schema)?.[0];
  if (!name) throw new Error('lib/openapi/schemas.ts does not list this schema');
  return name as SchemaName;
}

/** Simplifies a schema: two types for a nullable text, and no maximum for a whole number. */
function simplify(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value) => {
    if (value?.maximum === Number.MAX_SAFE_INTEGER) delete value.maximum;
    const [some, none, ...more] = value?.anyOf ?? [];
    if (more.length > 0 || none?.type !== 'null' || typeof some?.type !== 'string' || some.enum) return value;
    const { anyOf: _, ...rest } = value;
    return { ...rest, ...some, type: [some.type, 'null'] };
  });
}

/** Adds the descriptions of the fields. Throws if a field has none, or a description has no field. */
function describeFields(name: string, schema: JsonSchema, fields: Readonly<Record<string, string>>): JsonSchema {
  const open = new Map(Object.entries(fields));
  const describe = (inside: JsonSchema, prefix: string) => {
    for (const [field, property] of Object.entries(inside.properties ?? {})) {
      const path = `${prefix}${field}`;
      const text = open.get(path);
      if (!text || typeof property !== 'object') undescribed(`${name}.${path}`);
      open.delete(path);
      property.description = text;
      describe(property, `${path}.`);
    }
    if (typeof inside.items === 'object' && !Array.isArray(inside.items)) describe(inside.items as JsonSchema, prefix);
  };
  describe(schema, '');
  for (const path of open.keys())
    throw new Error(`${name} has a description of the field ${path}, which does not exist`);
  return schema;
}
