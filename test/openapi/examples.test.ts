import { expect, it } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { imageId, keyId, personaId, projectId } from '../../lib/openapi/operations.ts';
import document from '../../openapi.json' with { type: 'json' };
import { type Json, useStack } from '../support/api.ts';

const stack = useStack();

/** In an order in which each finds what the one before it left. */
const story = [
  'get-status',
  'get-openapi',
  'get-docs',
  'get-page',
  'create-project',
  'list-projects',
  'update-project-config',
  'get-project-config',
  'create-key',
  'list-keys',
  'delete-key',
  'create-persona',
  'update-persona',
  'generate-image',
  'get-persona',
  'list-personas',
  'delete-persona',
  'upload-image',
  'list-images',
  'get-image',
  'delete-image',
  'delete-project',
];

const operationOf = (name: string): Json => {
  const { method = '', path = '' } = endpoints.find((endpoint) => endpoint.name === name) ?? {};
  const item = Object.entries<Json>(document.paths).find(([key]) => key === path)?.[1];
  return { method, path, ...item[method.toLowerCase()] };
};

const changing = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'],
  [/pers_[a-z]+_.*_\w{38}/g, 'key'],
  [/("lastFour":)"\w{4}"/g, '$1"last"'],
] as const;

/** With the ids of the examples instead of those that this run made, and without what is another one each time. */
function normal(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  let text = JSON.stringify(value);
  for (const [real, example] of ids) text = text.replaceAll(real, example);
  for (const [form, word] of changing) text = text.replace(form, word);
  return JSON.parse(text);
}

it('gives examples that are real requests and answers, of every operation', async () => {
  const ids = new Map<string, string>();
  const examples = { projectId, personaId, imageId, keyId };
  const idOf = (parameter: keyof typeof examples) =>
    [...ids].findLast(([, example]) => example === examples[parameter])?.[0] ?? '';

  const root = stack.api.below('/..');
  for (const name of story) {
    const { method, path, parameters = [], requestBody, responses } = operationOf(name);
    const query = parameters.filter((parameter: Json) => parameter.in === 'query' && parameter.example !== undefined);
    const search = query.map((parameter: Json) => `?${parameter.name}=${parameter.example}`).join('');
    const address = path.replace(/\{(\w+)\}/g, (_: string, parameter: keyof typeof examples) => idOf(parameter));
    const { status, body } = await root.send(
      method,
      address + search,
      requestBody?.content['application/json'].example,
    );
    expect(responses).toHaveProperty(String(status));
    expect(status).toBeLessThan(300);
    const example = responses[status].content?.['application/json']?.example;
    if (!example) continue;
    const made = body.imageUrl ?? body.id;
    if (made) ids.set(made, example.imageUrl ?? example.id);
    expect({ name, answer: normal(body, ids) }).toEqual({ name, answer: normal(example, ids) });
  }
  expect(story.toSorted()).toEqual(endpoints.map(({ name }) => name).toSorted());
});
