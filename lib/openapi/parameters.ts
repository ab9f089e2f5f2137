/** The parameters of the document, from the schemas that read them. */
import { Persona } from '../../functions/domain/persona.ts';
import type { EndpointDefinition as Code, Schema } from '../../functions/http/endpoint.ts';
import { imageId, keyId, personaId, projectId } from './operations.ts';
import { inlined } from './schemas.ts';

interface Described {
  readonly description: string;
  readonly example?: unknown;
  /** What is sent, where the schema reads it from a text. */
  readonly schema?: object;
  readonly style?: 'form';
  readonly explode?: boolean;
}

const described: Readonly<Record<string, Described>> = {
  projectId: { description: 'The id of the project.', example: projectId },
  personaId: { description: 'The id of the persona.', example: personaId },
  provider: { description: 'Who provides the models.', example: 'openai' },
  imageId: { description: "The id of the image, as in a persona's `imageUrl`.", example: imageId },
  keyId: { description: 'The id of the key.', example: keyId },
  role: { description: 'What the images are for.' },
  limit: {
    description: 'How many are answered at most. Default: all.',
    schema: { type: 'integer', minimum: 1, maximum: 1000 },
  },
  cursor: { description: 'Where the list goes on: from the `Link` of an answer to the same list.' },
  fields: {
    description: 'What is answered of each. Default: all.',
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
    description: 'Only those that have this tag. Sent more than once: all of these tags.',
    schema: { type: 'array', items: { type: 'string', maxLength: 50 } },
    style: 'form',
    explode: true,
  },
  q: {
    description:
      'Only those that have this text in their name, description or a tag, whatever its case. The whole list is read.',
    schema: { type: 'string', maxLength: 200 },
  },
};

/** Those of the path, which all of its operations share. */
export const pathParameters = ({ request }: Code) =>
  request.path ? { parameters: parametersOf(request.path, 'path') } : {};

/** Those of the query, each with its value in an example. */
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
