/** What a GetItem takes where nothing is between Lambda and the SDK: the handler beside which ours are measured. */
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

const client = new DynamoDBClient();

export async function handler({ pathParameters }: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: process.env.TABLE_NAME,
      Key: {
        PK: { S: `PROJECT#${pathParameters?.projectId}` },
        SK: { S: `PERSONA#${pathParameters?.personaId}` },
      },
      ConsistentRead: true,
    }),
  );
  return { statusCode: 200, headers: { 'Content-Type': 'application/json' }, body: Item?.persona?.S ?? '' };
}
