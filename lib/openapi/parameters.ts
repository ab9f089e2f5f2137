/** The parameters of the document, from the schemas that read them. */
import type { Endpoint as Code, Schema } from '../../functions/http/endpoint.ts';
import { imageId, keyId, personaId, projectId } from './operations.ts';
import { inlined } from './schemas.ts';

const described: Readonly<Record<string, { readonly description: string; readonly example?: unknown }>> = {
  projectId: { description: 'The id of the project.', example: projectId },
  personaId: { description: 'The id of the persona.', example: personaId },
  imageId: { description: "The id of the image, as in a persona's `imageUrl`.", example: imageId },
  keyId: { description: 'The id of the key.', example: keyId },
  role: { description: 'What the images are for.' },
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
    const { description } = parameter;
    return {
      name,
      in: where,
      required: required.includes(name),
      description,
      schema: property,
      ...(example !== undefined && { example }),
    };
  });
}
