import {
  CfnOutput,
  type CfnResource,
  Duration,
  RemovalPolicy,
  Stack,
  type StackProps,
  Tags,
  Validations,
} from 'aws-cdk-lib';
import { AttributeType, BillingMode, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { authorizer, type Endpoint, endpoints } from '../contract/functions.ts';
import { Api } from './api.ts';
import type { Context } from './context.ts';
import { ownFunction } from './least-privilege-function.ts';

export interface PersonasStackProps extends StackProps {
  readonly context: Context;
}

/** By which the admin key's secret, whose name CloudFormation makes, is told from those of other stages. */
export const stageTag = 'personas-api-stage';

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
      // cfn-lint's W3005: what empties the bucket names its role, and so waits for it anyway.
      const emptier = this.node.findChild('Custom::S3AutoDeleteObjectsCustomResourceProvider').node;
      (emptier.findChild('Handler') as CfnResource).removeResourceDependency(emptier.findChild('Role') as CfnResource);
    }

    const key = new Key(this, 'Key', {
      alias: `personas-api-${context.stage}`,
      description: 'Encrypts the provider keys of the projects',
      enableKeyRotation: true,
      removalPolicy,
    });

    const adminKey = new Secret(this, 'AdminKey', {
      description: 'The key that opens every project and makes the keys that open one',
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
      removalPolicy,
    });
    Tags.of(adminKey).add(stageTag, context.stage);
    Validations.of(adminKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Its holders would be locked out at a time that nobody chose; the README says how to rotate it.',
    });

    const common = { CORS_ORIGINS: context.corsOrigins.join(',') };
    const own: Record<string, Record<string, string>> = {
      'generate-image': {
        IMAGE_MODEL: context.imageModel,
        STYLE_REFERENCES: String(context.styleReferences),
        PROVIDER_TIMEOUT_MS: '240000',
      },
      'create-key': { STAGE: context.stage },
    };

    const shared = { stores: { table, bucket, key, adminKey }, removalPolicy };
    const { handler: authorize } = ownFunction(this, {
      name: 'authorize',
      file: 'auth/authorize',
      description: 'Tells API Gateway what a key may reach',
      environment: {},
      ...authorizer,
      ...shared,
    });
    const api = new Api(this, 'Api', { context, authorize, removalPolicy });
    const roles = new Map<string, Role>();
    for (const endpoint of endpoints) {
      const { name, method, path, uses, timeout, memory, split, files } = endpoint;
      const { handler, role } = ownFunction(this, {
        name,
        file: name,
        description: `${method} ${path}`,
        uses,
        timeout,
        memory,
        split,
        files,
        concurrency: name === 'generate-image' ? context.maxPortraitsAtOnce : undefined,
        environment: { ...common, ...own[name] },
        ...shared,
      });
      roles.set(name, role);
      api.addRoute(endpoint, handler);
    }
    keepToOurselves({ bucket, key }, roles);

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Where the API answers' });
    new CfnOutput(this, 'AdminKeyCommand', {
      value: `aws secretsmanager get-secret-value --secret-id ${adminKey.secretArn} --query SecretString --output text`,
      description: 'Reads the admin key',
    });
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

/**
 * Lets the functions alone use the key and read and write the objects, also against identities of the account whose own policies
 * allow everything. Who administers the account can still change these policies, and delete.
 */
function keepToOurselves({ bucket, key }: { bucket: Bucket; key: Key }, roles: ReadonlyMap<string, Role>): void {
  const deny = (action: string, resource: string, users: readonly Endpoint[]) =>
    new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: [action],
      resources: [resource],
      conditions: {
        ArnNotEquals: { 'aws:PrincipalArn': users.flatMap(({ name }) => roles.get(name)?.roleArn ?? []) },
      },
    });
  for (const action of ['Decrypt', 'Encrypt']) {
    const users = endpoints.filter(({ uses }) => uses.key?.includes(action));
    key.addToResourcePolicy(deny(`kms:${action}`, '*', users));
  }
  for (const action of ['GetObject', 'PutObject']) {
    const users = endpoints.filter(({ uses }) => uses.bucket?.includes(action));
    bucket.addToResourcePolicy(deny(`s3:${action}`, bucket.arnForObjects('*'), users));
  }
}
