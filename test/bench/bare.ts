/** The bare handler: the same calls with the plain SDK, as a baseline. */
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type { Call } from './stub-table.ts';

const client = new DynamoDBClient();

const send: Readonly<Record<string, (input: never) => Promise<unknown>>> = {
  GetItem: (input) => client.send(new GetItemCommand(input)),
  BatchGetItem: (input) => client.send(new BatchGetItemCommand(input)),
  Query: (input) => client.send(new QueryCommand(input)),
  PutItem: (input) => client.send(new PutItemCommand(input)),
  UpdateItem: (input) => client.send(new UpdateItemCommand(input)),
  DeleteItem: (input) => client.send(new DeleteItemCommand(input)),
  TransactWriteItems: (input) => client.send(new TransactWriteItemsCommand(input)),
};

/** Makes the calls one after another. */
export async function handler({ calls }: { readonly calls: readonly Call[] }): Promise<APIGatewayProxyResult> {
  for (const { operation, input } of calls) await send[operation]?.(input as never);
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: '{}' };
}
