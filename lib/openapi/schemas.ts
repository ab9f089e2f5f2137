/** The schemas of the document: those that validate, and those of the answers, each with what it and its fields mean. */
import * as z from 'zod/mini';
import { NewImage } from '../../functions/domain/image.ts';
import { NewPersona, Persona, PersonaChanges, PersonaCopy } from '../../functions/domain/persona.ts';
import { ConfigChanges, LlmSettings, NewProject } from '../../functions/domain/project.ts';
import { ListedKey, NewKey } from '../../functions/domain/project-key.ts';
import {
  Failure,
  ImageIds,
  ImageMade,
  ListedPersona,
  MadeKey,
  OpenApiDocument,
  OwnKey,
  Project,
  ProjectConfig,
  Status,
} from './answers.ts';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

interface Named {
  readonly schema: z.ZodMiniType;
  readonly description: string;
  /** What its fields mean, by their paths: `models.image`. */
  readonly fields: Readonly<Record<string, string>>;
  /** What form texts of answers have, which no schema checks. */
  readonly formats?: Readonly<Record<string, string>>;
}

const created = 'When it was made: ISO 8601 in UTC, with milliseconds.';
const models = {
  'models.evaluation': 'The model that judges a conversation.',
  'models.persona': 'The model that speaks as the persona.',
  'models.image': "The model that draws portraits. Default: the deployment's.",
};
const projectName = 'What the project is called. Two projects may bear the same name.';
const maxConcurrency = 'How many conversations a test run may hold at once.';
const maxImagesPerDay = 'How many portraits may be drawn in a day (UTC). Default: 200.';
const personaName =
  'Unique in its project after Unicode NFC and trimming: `Alice` and `alice` differ. Neither control characters nor such as turn the direction of text.';
const description = 'What the persona is, for people.';
const systemPrompt = 'What makes a model speak as this persona; its portrait is drawn from it.';
const headers =
  'HTTP headers that a test run merges over its own, these winning. Their names are tokens of RFC 9110; `__proto__` is not taken.';
const tags = 'Texts to find it by, trimmed, in Unicode NFC, each once.';
const key = {
  name: 'What the key is called.',
  access: 'What it may do in its project.',
};
const listedKey = {
  ...key,
  id: 'The id of the key, by which it is revoked.',
  lastFour: 'The last four characters of the key, to tell it from others.',
  createdAt: created,
  expiresAt: 'From when on it is refused: ISO 8601 in UTC. Absent: never.',
};
const id = { id: 'uuid' };
const keyFormats = { ...id, createdAt: 'date-time', expiresAt: 'date-time' };

const persona = {
  id: 'The id of the persona. Ids sort by creation.',
  name: personaName,
  description,
  systemPrompt,
  imageUrl: 'The id of its portrait: an image of this project, not an address.',
  headers,
  tags,
  createdAt: created,
  updatedAt: 'When it was changed last; at first, when it was made.',
};
const personaFormats = { ...id, createdAt: 'date-time', updatedAt: 'date-time' };

const named = {
  Status: {
    schema: Status,
    description: 'The service, and that it answers.',
    fields: { name: 'The name of the service.', version: 'Its version.', status: 'It answers.' },
  },
  OpenApiDocument: {
    schema: OpenApiDocument,
    description: 'This document. https://spec.openapis.org/oas/v3.1.1.html',
    fields: { openapi: 'The version of OpenAPI in which it is written.' },
  },
  Project: {
    schema: Project,
    description: 'A project: what holds personas and images.',
    fields: { id: 'The id of the project.', name: projectName },
    formats: id,
  },
  NewProject: { schema: NewProject, description: 'A project to be made.', fields: { name: projectName } },
  ProjectConfig: {
    schema: ProjectConfig,
    description: 'The settings of a project.',
    fields: {
      version: 'The version of this form.',
      name: projectName,
      llmSettings: 'The provider of models. Absent: none.',
      'llmSettings.provider': 'Who provides the models.',
      'llmSettings.apiKey':
        'The mask of the key: its first and last four characters around `...`, or `****` for a short one. The key itself is never answered.',
      'llmSettings.models': 'The models that the project names.',
      ...Object.fromEntries(Object.entries(models).map(([path, text]) => [`llmSettings.${path}`, text])),
      maxConcurrency,
      maxImagesPerDay,
      warnings: 'What is worth a change: models whose end is announced.',
      'warnings.path': 'The setting, its parts separated by dots.',
      'warnings.message': 'What is the matter, and what to do.',
    },
  },
  ConfigChanges: {
    schema: ConfigChanges,
    description: 'Changes to the settings of a project: a field that is absent stays, `null` clears it.',
    fields: {
      name: projectName,
      llmSettings: 'The provider of models, replaced whole.',
      maxImagesPerDay,
      maxConcurrency,
    },
  },
  LlmSettings: {
    schema: LlmSettings,
    description: 'A provider of models, with the key to it.',
    fields: {
      provider: 'Who provides the models. Portraits need `openai`.',
      apiKey:
        'The key; it is sealed when it is stored. Absent, empty, or the mask that was answered: the stored key of the same provider stays, and there has to be one.',
      models: 'The models to be used. Those that are not named are the defaults.',
      ...models,
    },
  },
  NewKey: {
    schema: NewKey,
    description: 'A key to be made.',
    fields: { ...key, expiresAt: 'From when on it is refused: a time in the future, with its offset. Absent: never.' },
  },
  OwnKey: {
    schema: OwnKey,
    description: "What the caller's key may do.",
    fields: {
      access: 'Read in its project, write in it, or everything: that is the admin key.',
      projectId: 'The project that it opens. Absent: every one.',
    },
  },
  MadeKey: {
    schema: MadeKey,
    description: 'A key that was just made.',
    fields: {
      ...listedKey,
      key: 'The key itself. It is shown this once and stored as its SHA-256 only: a repeated request gets none.',
    },
    formats: keyFormats,
  },
  ListedKey: {
    schema: ListedKey,
    description: 'A key of a project, without the key itself.',
    fields: listedKey,
    formats: keyFormats,
  },
  Persona: {
    schema: Persona,
    description: 'A simulated user. A field that has no value is left out.',
    fields: persona,
    formats: personaFormats,
  },
  ListedPersona: {
    schema: ListedPersona,
    description: 'A simulated user in a list: all of its fields, or those that were asked for.',
    fields: persona,
    formats: personaFormats,
  },
  NewPersona: {
    schema: NewPersona,
    description: 'A persona to be made. `null` says that a field has no value. At most 350 KB in all.',
    fields: { name: personaName, description, systemPrompt, headers, tags },
  },
  PersonaChanges: {
    schema: PersonaChanges,
    description:
      'Changes to a persona: a field that is absent stays, an empty text is stored as such, and `null` removes the field.',
    fields: {
      name: personaName,
      description,
      systemPrompt,
      imageUrl: 'The id of an image that is stored in this project.',
      headers: `${headers} Replaced whole.`,
      tags: `${tags} Replaced whole.`,
    },
  },
  PersonaCopy: {
    schema: PersonaCopy,
    description: 'What the copy of a persona is to be.',
    fields: { name: `${personaName} Absent: made from that of the persona.` },
  },
  NewImage: {
    schema: NewImage,
    description: 'An image to be stored.',
    fields: {
      imageBase64:
        'A PNG, JPEG or WebP in base64 of either alphabet, with or without white space, padding and `data:…;base64,`: at most 4 MB decoded and 8 192 pixels wide and high. Its type is told from its bytes.',
      role: 'What it is for. Portraits are drawn in the style of the images of the role `persona-avatar-styleguide`.',
      filename: 'Not used; the image gets an id of its own.',
    },
  },
  ImageMade: {
    schema: ImageMade,
    description: 'An image that was just stored.',
    fields: { id: 'The id of the image. It ends in its true extension.' },
  },
  ImageIds: {
    schema: ImageIds,
    description: 'The images of a role.',
    fields: { ids: 'The ids of the images, oldest first.' },
  },
  Failure: {
    schema: Failure,
    description: 'The one shape of every error.',
    fields: {
      error: 'A sentence for people.',
      code: 'A word for programs; it does not change.',
      requestId: 'The id of this call, as in the header `X-Request-Id`.',
      details: 'Each field of the request that does not match. Only where a request did not match its schema.',
      'details.path': 'Where the field is, its parts separated by dots.',
      'details.message': 'What is wrong with it.',
    },
  },
} satisfies Record<string, Named>;

export type SchemaName = keyof typeof named;

export const reference = (name: SchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const names = z.registry<{ id: string }>();
for (const [id, { schema }] of Object.entries<Named>(named)) names.add(schema, { id });

const options: z.core.ToJSONSchemaParams = {
  io: 'input',
  unrepresentable: 'any',
  override: ({ zodSchema: { _zod: inner }, jsonSchema }) => {
    const { def } = inner;
    // A catch is how malformed ids become unknown ones: nothing that is assumed for a missing one.
    if (def.type === 'catch') delete jsonSchema.default;
    // The format says it, and can be read.
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    // What has to match in the end says more than what comes in: any text, or anything.
    if (def.type === 'pipe' && narrows(def)) Object.assign(jsonSchema, inlined(def.out));
  },
};

const narrows = ({ out }: { out?: z.core.$ZodType }) => out !== undefined && out._zod.def.type !== 'transform';

/** A schema as JSON Schema, in place. */
export function inlined(schema: z.core.$ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, options);
  return simplify(json);
}

/** All named schemas, which refer to each other. */
export function namedSchemas(): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(names, { ...options, uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(
    Object.entries<Named>(named).map(([name, { description, fields, formats = {} }]) => {
      const { $schema: _, $id: __, ...json } = schemas[name] ?? {};
      const schema = describeFields(name, simplify({ description, ...json }), fields);
      for (const [field, format] of Object.entries(formats))
        Object.assign(schema.properties?.[field] ?? {}, { format });
      return [name, schema];
    }),
  );
}

/** The name under which the document has this schema. */
export function nameOf(schema: z.core.$ZodType): SchemaName {
  const name = Object.entries<Named>(named).find(([, entry]) => entry.schema === schema)?.[0];
  if (!name) throw new Error('A schema is not among those that lib/openapi/schemas.ts names');
  return name as SchemaName;
}

/** The same schema, said as people would: a nullable text has two types, and a whole number no end. */
function simplify(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_key, value) => {
    if (value?.maximum === Number.MAX_SAFE_INTEGER) delete value.maximum;
    const [some, none, ...more] = value?.anyOf ?? [];
    if (more.length > 0 || none?.type !== 'null' || typeof some?.type !== 'string' || some.enum) return value;
    const { anyOf: _, ...rest } = value;
    return { ...rest, ...some, type: [some.type, 'null'] };
  });
}

/** With the description of each field. Throws where a field has none, or a description no field. */
function describeFields(name: string, schema: JsonSchema, fields: Readonly<Record<string, string>>): JsonSchema {
  const open = new Map(Object.entries(fields));
  const describe = (inside: JsonSchema, prefix: string) => {
    for (const [field, property] of Object.entries(inside.properties ?? {})) {
      const path = `${prefix}${field}`;
      const text = open.get(path);
      if (!text || typeof property !== 'object')
        throw new Error(`lib/openapi/schemas.ts does not describe ${name}.${path}`);
      open.delete(path);
      property.description = text;
      describe(property, `${path}.`);
    }
    if (typeof inside.items === 'object' && !Array.isArray(inside.items)) describe(inside.items as JsonSchema, prefix);
  };
  describe(schema, '');
  for (const path of open.keys())
    throw new Error(`lib/openapi/schemas.ts describes ${name}.${path}, which does not exist`);
  return schema;
}
