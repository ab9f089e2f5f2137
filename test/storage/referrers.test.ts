import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Client, type Json, newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import type { Call } from '../support/recorder.ts';
import { useRecorder } from '../support/use-recorder.ts';

const stack = useStack();
const recorder = useRecorder('AWS_ENDPOINT_URL_DYNAMODB', ({ operation, input }) =>
  /Item|Query/.test(operation) ? { ...input, ReturnConsumedCapacity: 'TOTAL' } : undefined,
);

let project: Client & { readonly id: string };
let imageId: string;
let persona: string;
beforeEach(async () => {
  project = await newProject(stack.api);
  imageId = (await project.post('/images', { imageBase64: png().toString('base64'), role: 'any' })).body.id;
  persona = `/personas/${(await project.post('/personas', { name: 'Ada' })).body.id}`;
  recorder.forget();
});

const attach = () => project.put(persona, { imageUrl: imageId });
const remove = () => project.delete(`/images/${imageId}`);

/** The sort keys of the project with this prefix. */
async function itemsOf(prefix: string): Promise<string[]> {
  const client = new DynamoDBClient({ endpoint: recorder.target });
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: process.env.TABLE_NAME,
      KeyConditionExpression: 'PK = :partition AND begins_with(SK, :prefix)',
      ExpressionAttributeValues: { ':partition': { S: `PROJECT#${project.id}` }, ':prefix': { S: prefix } },
    }),
  );
  client.destroy();
  return Items.map(({ SK }) => `${SK?.S}`);
}

const units = (): number =>
  recorder.calls
    .flatMap(({ output }) => output.ConsumedCapacity)
    .reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);

describe('an image that is given to a persona and deleted at the same moment', () => {
  const sent = (operation: string, action: string, prefix: string) => (call: Call) => {
    if (call.operation !== operation) return false;
    if (operation === 'Query') return call.input.ExpressionAttributeValues[':prefix'].S.startsWith(prefix);
    if (operation === 'GetItem') return call.input.Key.SK.S.startsWith(prefix);
    return call.input.TransactItems.some((item: Json) =>
      (item[action]?.Key ?? item[action]?.Item)?.SK.S.startsWith(prefix),
    );
  };
  const moments: readonly [string, (call: Call) => boolean, 'attach' | 'remove', number][] = [
    ['deleted before the persona refers to it', sent('TransactWriteItems', 'Put', 'REFERRER#'), 'attach', 200],
    ['deleted before the persona looks for its mark', sent('GetItem', '', 'IMAGE#'), 'attach', 200],
    ['given before it is marked', sent('TransactWriteItems', 'Update', 'IMAGE#'), 'remove', 204],
    ['given before its referrers are looked for', sent('Query', '', 'REFERRER#'), 'remove', 204],
  ];

  it.each(moments)('is removed from the persona if it is %s', async (_when, at, first, status) => {
    const [begin, interrupt] = first === 'attach' ? [attach, remove] : [remove, attach];
    let interrupted = false;
    recorder.intercept(async (call) => {
      if (interrupted || !at(call)) return;
      interrupted = true;
      expect([200, 204, 400]).toContain((await interrupt()).status);
    });
    expect((await begin()).status).toBe(status);
    expect(interrupted).toBe(true);
    expect((await project.get(persona)).body).not.toHaveProperty('imageUrl');
    expect((await project.get(`/images/${imageId}`)).status).toBe(404);
    await stack.drain();
    expect([...(await itemsOf('REFERRER#')), ...(await itemsOf('IMAGE#'))]).toEqual([]);
  });
});

describe('the personas that refer to an image', () => {
  it('are recorded as long as they do', async () => {
    const { body: other } = await project.post('/images', { imageBase64: png().toString('base64'), role: 'any' });
    const id = persona.slice('/personas/'.length);
    await attach();
    expect(await itemsOf('REFERRER#')).toEqual([`REFERRER#${imageId}#${id}`]);
    await project.put(persona, { description: 'Calm' });
    expect(await itemsOf('REFERRER#')).toEqual([`REFERRER#${imageId}#${id}`]);
    await project.put(persona, { imageUrl: other.id });
    expect(await itemsOf('REFERRER#')).toEqual([`REFERRER#${other.id}#${id}`]);
    await project.put(persona, { imageUrl: null });
    expect(await itemsOf('REFERRER#')).toEqual([]);
    await attach();
    await project.delete(persona);
    expect(await itemsOf('REFERRER#')).toEqual([]);
  });

  it('do not make the next one more expensive', async () => {
    const costs = [];
    for (let index = 0; index < 60; index++) {
      const { body } = await project.post('/personas', { name: `Persona ${index}` });
      recorder.forget();
      expect((await project.put(`/personas/${body.id}`, { imageUrl: imageId })).status).toBe(200);
      costs.push(units());
      if (index % 2) await project.delete(`/personas/${body.id}`);
    }
    expect(new Set(costs)).toEqual(new Set([8]));
    expect((await remove()).status).toBe(204);
    const { body: left } = await project.get('/personas');
    expect(left.filter((persona: object) => 'imageUrl' in persona)).toEqual([]);
    expect(await itemsOf('REFERRER#')).toEqual([]);
  });
});
