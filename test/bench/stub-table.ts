import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { hashOf } from '../../functions/domain/project-key.ts';
import type { Listener } from '../../lib/local/listen.ts';
import { projectKey } from '../support/events.ts';
import { exampleIds } from '../support/examples.ts';
import type { Certificate } from './certificate.ts';

const { projectId, personaId, keyId } = exampleIds;

const times = { createdAt: '2026-11-23T21:49:40.218Z', updatedAt: '2026-11-23T21:49:40.218Z' };
/** Without a system prompt, so that nothing is drawn; about 1 kB. */
const persona = { id: personaId, name: 'Greta', description: 'Trusts no chatbot. '.repeat(45).trim(), ...times };
const listedKey = { id: keyId, name: 'CI', access: 'read', lastFour: 'abcd', createdAt: times.createdAt };

type Key = Readonly<Record<string, object>>;

/** Project, persona, image and key in one item, which is returned for any key. */
const item = (key: Key) => ({
  ...key,
  name: { S: 'Greta' },
  version: { N: '1' },
  persona: { S: JSON.stringify(persona) },
  listed: { S: JSON.stringify(listedKey) },
  projectId: { S: projectId },
  access: { S: 'read' },
  hash: { B: Buffer.from(hashOf(projectKey)).toString('base64') },
  role: { S: 'persona-avatar' },
});

/** A call to the table, as it came over the wire. */
export interface Call {
  readonly operation: string;
  readonly input: object;
}

export interface StubTable extends Listener {
  /** The calls since the last time. */
  takeCalls(): Call[];
}

/** A stub of DynamoDB that answers everything at once, through TLS. */
export async function startStubTable(certificate: Certificate): Promise<StubTable> {
  const calls: Call[] = [];
  const server = createServer(certificate, async (request, response) => {
    const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
    const input = (await json(request)) as Input;
    calls.push({ operation, input });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answers[operation]?.(input) ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    takeCalls: () => calls.splice(0),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Input {
  readonly Key: Key;
  /** For a Query. */
  readonly ExpressionAttributeValues: Readonly<Record<':partition' | ':prefix', { readonly S: string }>>;
  readonly RequestItems: Readonly<Record<string, { readonly Keys: readonly Key[] }>>;
}

const answers: Readonly<Record<string, (input: Input) => object>> = {
  GetItem: ({ Key }) => ({ Item: item(Key) }),
  BatchGetItem: ({ RequestItems }) => ({
    Responses: Object.fromEntries(Object.entries(RequestItems).map(([table, { Keys }]) => [table, Keys.map(item)])),
  }),
  Query: ({ ExpressionAttributeValues: values }) => ({
    Items: [item({ PK: values[':partition'], SK: { S: `${values[':prefix'].S}${projectId}` } })],
  }),
};
