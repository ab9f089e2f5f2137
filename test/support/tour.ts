/** The tour of all endpoints, for the tests that go over the rows: what a call needs besides the document's example. */
import { expect } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { operations } from '../../lib/openapi/operations.ts';
import type { Client, Json } from './api.ts';
import { exampleIds, exampleRequest, type Ids, withIds } from './examples.ts';

interface Stop {
  /** Changes of the persona that the call needs. */
  readonly persona?: object;
  /** Further bodies, for what the example does not cover. */
  readonly bodies?: readonly object[];
  /** Whether it undoes its writes if the persona or the image is deleted meanwhile. */
  readonly goneMeanwhile?: 'persona' | 'image';
}

/** All endpoints, in an order in which each call finds what it needs. The ids are those of the examples. */
export const tour: Readonly<Record<string, Stop>> = {
  'get-status': {},
  'get-openapi': {},
  'get-docs': {},
  'get-page': {},
  'list-models': {},
  'list-provider-models': {},
  'get-own-key': {},
  'create-project': {},
  'list-projects': {},
  'update-project-config': { bodies: [{ name: 'Renamed' }] },
  'get-project-config': {},
  'create-key': {},
  'list-keys': {},
  'delete-key': {},
  'create-persona': {},
  'update-persona': { bodies: [{ description: 'Calm' }, { imageUrl: exampleIds.imageId }] },
  'generate-image': { goneMeanwhile: 'persona' },
  'list-portraits': {},
  'get-persona': {},
  'list-personas': {},
  'duplicate-persona': { persona: { imageUrl: exampleIds.imageId }, goneMeanwhile: 'image' },
  'create-personas': {
    bodies: [
      { personas: [{ name: 'Ada' }], onConflict: 'rename' },
      { personas: [{ name: 'Ada', description: 'Calm' }], onConflict: 'replace' },
    ],
  },
  'delete-persona': {},
  'upload-image': {},
  'list-images': {},
  'get-image': {},
  'delete-image': { persona: { imageUrl: exampleIds.imageId } },
  'delete-project': {},
};

const changing = [
  [/("node":)"v[\d.]+"/g, '$1"version"'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time'],
  [/pers_[a-z]+_.*_\w{38}/g, 'key'],
  [/("lastFour":)"\w{4}"/g, '$1"last"'],
] as const;

/** Without values that change each time. */
const normal = (value: Json): Json =>
  JSON.parse(changing.reduce((text, [form, word]) => text.replace(form, word), JSON.stringify(value)));

/** Calls every endpoint with the document's example, and compares the answer with its example. `api`: a client below /api. */
export async function takeTour(api: Client): Promise<void> {
  const ids: { -readonly [Parameter in keyof Ids]: string } = {};
  for (const name of Object.keys(tour)) {
    const endpoint = endpoints.find((row) => row.name === name);
    if (!endpoint) throw new Error(`The tour comes to ${name}, which is no endpoint`);
    const { method, address, body } = exampleRequest(endpoint, ids);
    const answer = await api.below('/..').send(method, address, body);
    const { status, example } = operations[name]?.answer ?? {};
    expect({ name, status: answer.status }).toEqual({ name, status });
    if (!example) continue;
    rememberIds(example, answer.body);
    expect({ name, answer: normal(answer.body) }).toEqual({ name, answer: normal(withIds(example, ids)) });
  }

  /** The ids in an answer, by those of its example. */
  function rememberIds(example: Json, answer: Json): void {
    for (const [field, value] of Object.entries(example)) {
      const found = Object.entries(exampleIds).find(([, id]) => id === value);
      if (found) ids[found[0] as keyof Ids] = answer[field];
      else if (typeof value === 'object') rememberIds(value, answer[field]);
    }
  }
}
