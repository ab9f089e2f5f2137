/** The parameters of the document, from the schemas that validate them. */
import { Persona } from '../../functions/domain/persona.ts';
import type { EndpointDefinition as Code, Schema } from '../../functions/http/endpoint.ts';
import { imageId, keyId, personaId, projectId } from './operations.ts';
import { inlined } from './schemas.ts';

interface Described {
  readonly description: string;
  readonly example?: unknown;
  /** The schema of the parameter, if the validating one parses it from a text. */
  readonly schema?: object;
  readonly style?: 'form';
  readonly explode?: boolean;
}

const described: Readonly<Record<string, Described>> = {
  projectId: { description: 'The id of the project.', example: projectId },
  personaId: { description: 'The id of the persona.', example: personaId },
  provider: { description: 'The provider.', example: 'openai' },
  imageId: { description: "The id of the image, as in a persona's `imageUrl`.", example: imageId },
  keyId: { description: 'The id of the key.', example: keyId },
  role: { description: 'The role of the images.' },
  limit: {
    description: 'The maximum number of entries. Default: all.',
    schema: { type: 'integer', minimum: 1, maximum: 1000 },
  },
  cursor: { description: 'The position of the page: from the `Link` of an answer for the same list.' },
  fields: {
    description: 'The fields to return. Default: all.',
    schema: {
      type: 'array',
      items: { type: 'string', enum: Object.keys(Persona.shape) },
      minItems: 1,
      uniqueItems: true,
    },
    style: 'form',
    explode: false,
  },
  tag: {
    description: 'Only personas with this tag. If repeated, with all of these tags.',
    schema: { type: 'array', items: { type: 'string', maxLength: 50 } },
    style: 'form',
    explode: true,
  },
  q: {
    description: 'Only personas with this text in their name, description or a tag, ignoring case.',
    schema: { type: 'string', maxLength: 200 },
  },
};

/** The path parameters, which all operations of a path share. */
export const pathParameters = ({ request }: Code) =>
  request.path ? { parameters: parametersOf(request.path, 'path') } : {};

/** The query parameters, with examples. */
export const queryParameters = (schema: Schema, examples: object = {}): object[] =>
  schema ? parametersOf(schema, 'query', examples) : [];

function parametersOf(schema: NonNullable<Schema>, where: 'path' | 'query', examples: object = {}): object[] {
  const { properties = {}, required = [] } = inlined(schema);
  return Object.entries(properties).map(([name, property]) => {
    const parameter = described[name];
    if (!parameter) throw new Error(`lib/openapi/parameters.ts does not describe ${name}`);
    const { [name]: example = parameter.example } = examples as Record<string, unknown>;
    const { description, schema = property, style, explode } = parameter;
    return {
      name,
      in: where,
      required: required.includes(name),
      description,
      schema,
      ...(style && { style, explode }),
      ...(example !== undefined && { example }),
    };
  });
}
