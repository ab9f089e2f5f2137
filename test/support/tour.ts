/** The one tour of all endpoints: what the document's examples do not say of a call, for all tests that go over the rows. */
import { expect } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { operations } from '../../lib/openapi/operations.ts';
import type { Client, Json } from './api.ts';
import { exampleIds, exampleRequest, type Ids, withIds } from './examples.ts';

interface Stop {
  /** Changes of the persona that a call needs to find. */
  readonly persona?: object;
  /** Further bodies with which an endpoint does what it does not do with its example. */
  readonly bodies?: readonly object[];
  /** It takes back what it made where the persona is deleted while it stores an object, or the image while it writes. */
  readonly goneMeanwhile?: 'persona' | 'image';
}

/** Every endpoint, in an order in which each finds what those before it left. The ids are those of the examples. */
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

/** Without what is another one each time. */
const normal = (value: Json): Json =>
  JSON.parse(changing.reduce((text, [form, word]) => text.replace(form, word), JSON.stringify(value)));

/** Calls every endpoint as the document's examples do; each has to answer as its example does. `api`: speaks below /api. */
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

  /** Those that an answer has where its example has one of the examples. */
  function rememberIds(example: Json, answer: Json): void {
    for (const [field, value] of Object.entries(example)) {
      const found = Object.entries(exampleIds).find(([, id]) => id === value);
      if (found) ids[found[0] as keyof Ids] = answer[field];
      else if (typeof value === 'object') rememberIds(value, answer[field]);
    }
  }
}
