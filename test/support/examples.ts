/** Calls as the document's examples show them, for tests that go over all endpoints. */
import type { Endpoint } from '../../lib/contract/functions.ts';
import { copyId, imageId, importedId, keyId, operations, personaId, projectId } from '../../lib/openapi/operations.ts';
import type { Json } from './api.ts';

/** The ids of the document's examples, by the parameters of the paths. */
export const exampleIds = { projectId, personaId, copyId, importedId, imageId, keyId };
export type Ids = Readonly<Partial<Record<keyof typeof exampleIds, string>>>;

/** Values of path parameters that are not ids. */
const words: Readonly<Record<string, string>> = { provider: 'openai' };

type Called = Pick<Endpoint, 'name' | 'method' | 'path'>;

interface Request {
  readonly method: Endpoint['method'];
  /** Path and query. */
  readonly address: string;
  readonly body: Json;
}

/** The document's example of a call, with these ids. `body`: another body. */
export function exampleRequest({ name, method, path }: Called, ids: Ids, body?: object): Request {
  const { query = {}, body: example } = operations[name]?.example ?? {};
  const filled = path.replace(/\{(\w+)\}/g, (_, parameter) => ids[parameter as keyof Ids] ?? words[parameter] ?? '');
  const search = Object.keys(query).length > 0 ? `?${new URLSearchParams({ ...query })}` : '';
  return { method, address: filled + search, body: withIds(body ?? example, ids) };
}

/** An invalid body; undefined if the endpoint has no body. */
export const wrongBody = ({ name }: Called): object | undefined => operations[name]?.wrong?.body;

/** Replaces the ids of the examples. */
export function withIds(value: Json, ids: Ids): Json {
  if (value === undefined) return undefined;
  return JSON.parse(
    Object.entries(ids).reduce(
      (text, [parameter, id]) => text.replaceAll(exampleIds[parameter as keyof Ids], id),
      JSON.stringify(value),
    ),
  );
}
