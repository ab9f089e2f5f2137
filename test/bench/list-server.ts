/**
 * A process that serves lists of personas over HTTP: `endpoint`, with list-personas and the local gateway, or `plain`, with the simplest program that
 * does the same. It sends its address to its parent. On `begin` it notes its memory; on `peak` it sends how many MB more it has used since
 * then.
 */
import { Worker } from 'node:worker_threads';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { lists, tableName } from '../../functions/storage/table.ts';
import { startGateway } from '../../lib/local/gateway.ts';
import { listen } from '../../lib/local/listen.ts';
import { installRuntime } from '../../lib/local/runtime.ts';

const starts: Readonly<Record<string, () => Promise<{ readonly url: string }>>> = {
  async endpoint() {
    installRuntime();
    return startGateway({
      port: 0,
      handlerOf: async ({ file }) => (await import(`../../functions/${file}.ts`)).handler,
    });
  },

  async plain() {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient());
    return listen(async (request, response) => {
      const [, , , projectId = ''] = (request.url ?? '').split('/');
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(await collected(client, projectId)));
    });
  },
};

/** The personas of a project, with an attribute for each field. */
async function collected(client: DynamoDBDocumentClient, projectId: string): Promise<object[]> {
  const { PK: partition, prefix } = lists.personas(projectId);
  const query = {
    TableName: tableName(),
    KeyConditionExpression: 'PK = :partition AND begins_with(SK, :prefix)',
    ExpressionAttributeValues: { ':partition': partition, ':prefix': prefix },
    ConsistentRead: true,
  };
  const personas: object[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, query)) {
    for (const { PK, SK, ...persona } of Items) personas.push(persona);
  }
  return personas;
}

/** The memory in kB at the start, and its peak since then, sampled by a worker thread. */
const held = new Int32Array(new SharedArrayBuffer(8));
const watch = `
  const { workerData: held } = require('node:worker_threads');
  setInterval(() => { held[1] = Math.max(held[1], process.memoryUsage.rss() / 1024); }, 1);
`;
new Worker(watch, { eval: true, workerData: held });

process.on('message', (message) => {
  const [begin = 0, peak = 0] = held;
  if (message === 'begin') held.fill(process.memoryUsage.rss() / 1024);
  process.send?.(((peak - begin) * 1024) / 1e6);
});
process.on('disconnect', () => process.exit());

const [, , start = ''] = process.argv;
process.send?.((await starts[start]?.())?.url);
