import type { Context, DynamoDBStreamEvent } from 'aws-lambda';
import { expect, it, vi } from 'vitest';
import { type FunctionRow, workers } from '../../lib/contract/functions.ts';
import { newProject, useStack } from '../support/api.ts';
import { png } from '../support/pictures.ts';
import { useRecorder } from '../support/use-recorder.ts';

const stack = useStack();
const table = useRecorder('AWS_ENDPOINT_URL_DYNAMODB');
const bucket = useRecorder('AWS_ENDPOINT_URL_S3');

/** Two projects with a key and an image of a persona. One project is deleted, and the image of the other. */
async function newScene() {
  const projects = [await newProject(stack.api), await newProject(stack.api)];
  const images: string[] = [];
  for (const project of projects) {
    const picture = { imageBase64: png().toString('base64'), role: 'any' };
    const { body: image } = await project.post('/images', picture);
    const { body: persona } = await project.post('/personas', { name: 'Ada' });
    await project.put(`/personas/${persona.id}`, { imageUrl: image.id });
    await project.post('/keys', { name: 'CI', access: 'read' });
    images.push(image.id);
  }
  await projects[0]?.delete('');
  // Before the image is removed from the persona.
  table.intercept(({ operation, input }, response) => {
    if (operation === 'Query' && JSON.stringify(input).includes('REFERRER#')) response.destroy();
  });
  await projects[1]?.delete(`/images/${images[1]}`);
  table.intercept();
  return { gone: projects[0]?.id, kept: projects[1]?.id, image: images[1] };
}

const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 900_000 } as Context;
const record = (PK: string, SK: string, eventName: string) => ({
  eventName,
  dynamodb: { SequenceNumber: SK, Keys: { PK: { S: PK }, SK: { S: SK } } },
});

const transacted: Readonly<Record<string, string>> = { Put: 'PutItem', Update: 'UpdateItem', Delete: 'DeleteItem' };

/** The IAM actions of the recorded calls. */
function actionsSeen() {
  const onTable = table.calls.flatMap(({ operation, input }) =>
    operation === 'TransactWriteItems'
      ? input.TransactItems.map((item: object) => transacted[Object.keys(item)[0] ?? ''])
      : [operation],
  );
  const onBucket = bucket.calls.map(({ method }) => (method === 'GET' ? 'ListBucket' : 'DeleteObject'));
  return { table: [...new Set(onTable)].toSorted(), bucket: [...new Set(onBucket)].toSorted() };
}

const runs: Readonly<Record<string, (scene: Awaited<ReturnType<typeof newScene>>) => Promise<unknown>>> = {
  async 'clean-up'({ gone, kept, image }) {
    const { handler } = await import('../../functions/workers/clean-up.ts');
    const records = [
      record('PROJECTS', `GONE#${gone}`, 'INSERT'),
      record(`PROJECT#${gone}`, 'PERSONA#late', 'INSERT'),
      record(`PROJECT#${kept}`, `IMAGE#${image}`, 'MODIFY'),
    ];
    return handler({ Records: records } as DynamoDBStreamEvent, context);
  },
  async reconcile() {
    const { handler } = await import('../../functions/workers/reconcile.ts');
    return handler({}, context);
  },
};

it.each(workers)('$name uses exactly the actions of its row', async ({ name, actions }: FunctionRow) => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const scene = await newScene();
  for (const store of [table, bucket]) store.forget();
  await runs[name]?.(scene);
  expect(actionsSeen()).toEqual({ table: actions.table, bucket: actions.bucket });
});
