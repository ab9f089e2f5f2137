import { request as forward } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from '../../lib/local/listen.ts';

/** An IAM action, and what it was done to. */
export interface Deed {
  readonly action: string;
  readonly resource: string;
}

const transactActions: Record<string, string> = {
  ConditionCheck: 'ConditionCheckItem',
  Delete: 'DeleteItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
};

const s3Actions: Record<string, string> = { DELETE: 'DeleteObject', GET: 'GetObject', PUT: 'PutObject' };

/** Stands between a function and a store, passes all calls on as they are, and notes what IAM would have had to allow. */
export async function startWitness(target: string, deeds: Deed[]): Promise<Listener> {
  return listen(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    deeds.push(
      ...deedsOf(incoming.method ?? '', incoming.url ?? '', String(incoming.headers['x-amz-target'] ?? ''), body),
    );
    const { hostname, port } = new URL(target);
    const options = { hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers };
    const answered = Promise.withResolvers<void>();
    forward(options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing).on('finish', answered.resolve);
    })
      .on('error', answered.reject)
      .end(body);
    await answered.promise;
  });
}

function deedsOf(method: string, url: string, target: string, body: Buffer): Deed[] {
  const [service = '', operation = ''] = target.split('.');
  if (!operation) return [{ action: `s3:${s3Actions[method] ?? method}`, resource: url.split('?')[0] ?? '' }];
  const input = JSON.parse(body.toString());
  if (service === 'TrentService') return [{ action: `kms:${operation}`, resource: input.KeyId }];
  if (service === 'secretsmanager') return [{ action: `secretsmanager:${operation}`, resource: input.SecretId }];
  if (operation === 'TransactWriteItems') {
    const items: Record<string, { TableName: string }>[] = input.TransactItems;
    return items.flatMap((item) =>
      Object.entries(item).map(([kind, { TableName }]) => ({
        action: `dynamodb:${transactActions[kind]}`,
        resource: TableName,
      })),
    );
  }
  const tables = input.RequestItems ? Object.keys(input.RequestItems) : [input.TableName];
  return tables.map((resource) => ({ action: `dynamodb:${operation}`, resource }));
}
