/** Reads the stores directly. */
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';

/** The keys of items (`PK SK`) and objects that contain a text. */
export async function mentionsOf(text: string): Promise<string[]> {
  const dynamo = new DynamoDBClient();
  const s3 = new S3Client();
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan(
    { client: dynamo },
    { TableName: process.env.TABLE_NAME, ConsistentRead: true },
  )) {
    for (const item of Items) if (JSON.stringify(item).includes(text)) found.push(`${item.PK?.S} ${item.SK?.S}`);
  }
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: process.env.BUCKET_NAME, ContinuationToken }));
    for (const { Key = '' } of page.Contents ?? []) if (Key.includes(text)) found.push(Key);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  dynamo.destroy();
  s3.destroy();
  return found.toSorted();
}
