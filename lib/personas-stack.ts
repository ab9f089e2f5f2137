import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { Api } from './constructs/api.ts';
import { endpointFunction } from './constructs/endpoint-function.ts';
import type { Context } from './context.ts';
import { endpoints } from './endpoints.ts';

export interface PersonasStackProps extends StackProps {
  readonly context: Context;
}

/** The whole service: where the data lies, a function for each endpoint, and the API before them. */
export class PersonasStack extends Stack {
  constructor(scope: Construct, id: string, { context, ...props }: PersonasStackProps) {
    super(scope, id, { description: 'The Personas API', ...props });
    const { retainData } = context;
    const removalPolicy = retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const table = new Table(this, 'Table', {
      partitionKey: { name: 'PK', type: AttributeType.STRING },
      sortKey: { name: 'SK', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: retainData },
      deletionProtection: retainData,
      removalPolicy,
    });

    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy,
      autoDeleteObjects: !retainData,
    });

    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only our functions read it, and their requests are in the access log of the API.',
    });
    if (!retainData) {
      Validations.of(table).acknowledge({ id: 'AwsSolutions-DDB3', reason: 'Data that may go needs no backup.' });
    }

    const key = new Key(this, 'Key', {
      alias: `personas-api-${context.stage}`,
      description: 'Encrypts the provider keys of the projects',
      enableKeyRotation: true,
      removalPolicy,
    });

    const common = { CORS_ORIGINS: context.corsOrigins.join(',') };
    const own: Record<string, Record<string, string>> = {
      'generate-image': {
        IMAGE_MODEL: context.imageModel,
        STYLE_REFERENCES: String(context.styleReferences),
        PROVIDER_TIMEOUT_MS: '240000',
      },
    };

    const api = new Api(this, 'Api', { context, removalPolicy });
    for (const endpoint of endpoints) {
      const handler = endpointFunction(this, {
        endpoint,
        stores: { table, bucket, key },
        environment: { ...common, ...own[endpoint.name] },
        removalPolicy,
      });
      api.addRoute(endpoint, handler);
    }

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Where the API answers' });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'BucketName', { value: bucket.bucketName });
    if (api.domainTarget) {
      new CfnOutput(this, 'DomainTarget', {
        value: api.domainTarget,
        description: 'Point the DNS record of your domain here',
      });
    }
  }
}
