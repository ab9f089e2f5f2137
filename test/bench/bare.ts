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
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

const client = new DynamoDBClient();
const TableName = process.env.TABLE_NAME;
const ConsistentRead = true;

type Item = Record<'PK' | 'SK', { S: string }>;

const calls: Readonly<Record<string, (Key: Item) => Promise<unknown>>> = {
  GetItem: (Key) => client.send(new GetItemCommand({ TableName, Key, ConsistentRead })),
  BatchGetItem: (Key) =>
    client.send(new BatchGetItemCommand({ RequestItems: { [`${TableName}`]: { Keys: [Key], ConsistentRead } } })),
  Query: ({ PK }) =>
    client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'PK = :partition AND begins_with(SK, :prefix)',
        ExpressionAttributeValues: { ':partition': PK, ':prefix': { S: 'PERSONA#' } },
        ConsistentRead,
      }),
    ),
  PutItem: (Item) => client.send(new PutItemCommand({ TableName, Item })),
  UpdateItem: (Key) => client.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: 'REMOVE nothing' })),
  DeleteItem: (Key) => client.send(new DeleteItemCommand({ TableName, Key })),
  TransactWriteItems: (Item) =>
    client.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ Put: { TableName, Item } }, { Put: { TableName, Item: { ...Item, SK: { S: 'NAME#x' } } } }],
      }),
    ),
};

/** `operations`: called one after another. */
export async function handler({
  pathParameters,
  operations,
}: APIGatewayProxyEvent & { operations: readonly string[] }): Promise<APIGatewayProxyResult> {
  const key = { PK: { S: `PROJECT#${pathParameters?.projectId}` }, SK: { S: `PERSONA#${pathParameters?.personaId}` } };
  for (const operation of operations) await calls[operation]?.(key);
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: '{}' };
}
