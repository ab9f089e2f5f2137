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
import { AttributeType, BillingMode, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { workers as allWorkers, authorizer, endpoints, type FunctionRow, type Worker } from '../contract/functions.ts';
import { type Setting, settingDefaults } from '../contract/settings.ts';
import { Api } from './api.ts';
import type { Context } from './context.ts';
import { denyEveryoneElse } from './deny-everyone-else.ts';
import { leastPrivilegeFunction } from './least-privilege-function.ts';
import { Monitoring } from './monitoring.ts';
import { connectSource, failuresOf, sourceStatements } from './worker-source.ts';

export interface PersonasStackProps extends StackProps {
  readonly context: Context;
  /** Default: those of lib/contract/functions.ts. */
  readonly workers?: readonly Worker[];
}

/** How long the table can be restored to any moment, and how long the bucket keeps deleted objects, without which a restored table would be incomplete. */
const recovery = Duration.days(35);

/** The tag that distinguishes the admin key's secret, whose name CloudFormation generates, from those of other stages. */
export const stageTag = 'personas-api-stage';

/** The whole service: the stores, a function for each row of lib/contract/functions.ts, the API and its monitoring. */
export class PersonasStack extends Stack {
  constructor(scope: Construct, id: string, { context, workers = allWorkers, ...props }: PersonasStackProps) {
    super(scope, id, { description: 'The Personas API', ...props });
    const { retainData } = context;
    const removalPolicy = retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

    const ownTable = new Table(this, 'Table', {
      partitionKey: { name: 'PK', type: AttributeType.STRING },
      sortKey: { name: 'SK', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: retainData,
        ...(retainData && { recoveryPeriodInDays: recovery.toDays() }),
      },
      deletionProtection: retainData,
      removalPolicy,
    });

    // With a restored table, the stack's own table stays unused until the operator deletes it.
    const { restoredStream } = context;
    const table = (restoredStream ? tableOf(this, restoredStream) : ownTable) as ITable;

    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: BucketEncryption.S3_MANAGED,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...(retainData ? [{ noncurrentVersionExpiration: recovery, expiredObjectDeleteMarker: true }] : []),
      ],
      versioned: retainData,
      removalPolicy,
      autoDeleteObjects: !retainData,
    });

    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only the functions read it, and the access log of the API has their requests.',
    });
    if (!retainData) {
      Validations.of(ownTable).acknowledge({
        id: 'AwsSolutions-DDB3',
        reason: 'Data that is deleted with the stack needs no backup.',
      });
      // For cfn-lint's W3005: the function that empties the bucket already depends on its role by reference.
      const emptier = this.node.findChild('Custom::S3AutoDeleteObjectsCustomResourceProvider').node;
      (emptier.findChild('Handler') as CfnResource).removeResourceDependency(emptier.findChild('Role') as CfnResource);
    }

    const kmsKey = new Key(this, 'Key', {
      alias: `personas-api-${context.stage}`,
      description: 'Encrypts the provider keys of the projects',
      enableKeyRotation: true,
      removalPolicy,
    });

    const adminKey = new Secret(this, 'AdminKey', {
      description: 'The admin key of the Personas API',
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
      removalPolicy,
    });
    Tags.of(adminKey).add(stageTag, context.stage);
    Validations.of(adminKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Automatic rotation would lock out its users at an unplanned time; docs/keys.md says how to rotate it.',
    });

    const settings = settingsOf(context);
    const roles = new Map<FunctionRow, Role>();
    const add = (row: FunctionRow, description: string, statements: readonly PolicyStatement[] = []) => {
      const { handler, role } = leastPrivilegeFunction(this, row, {
        description,
        stores: { table, bucket, kmsKey, adminKey },
        environment: Object.fromEntries(row.settings.map((name) => [name, settings[name]])),
        statements,
        concurrency: row.concurrency && context[row.concurrency],
        removalPolicy,
      });
      roles.set(row, role);
      return handler;
    };
    const api = new Api(this, 'Api', {
      context,
      authorize: add(authorizer, 'Returns what a key may do'),
      removalPolicy,
    });
    for (const endpoint of endpoints) api.addRoute(endpoint, add(endpoint, `${endpoint.method} ${endpoint.path}`));
    const sources = { table, failures: failuresOf(this) };
    const streamFunctions = new Map<string, IFunction>();
    for (const worker of workers) {
      const handler = add(worker, 'Runs on events', sourceStatements(worker, sources));
      connectSource(this, worker, handler, sources);
      if ('changesOf' in worker.source) streamFunctions.set(worker.name, handler);
    }
    denyEveryoneElse({ bucket, kmsKey }, roles);
    const { dashboardUrl } = new Monitoring(this, 'Monitoring', { context, api, streamFunctions, ...sources });

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'The address of API and web page' });
    new CfnOutput(this, 'AdminKeyCommand', {
      value: `aws secretsmanager get-secret-value --secret-id ${adminKey.secretArn} --query SecretString --output text`,
      description: 'Reads the admin key',
    });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'BucketName', { value: bucket.bucketName });
    new CfnOutput(this, 'KeepPortraits', { value: settings.KEEP_PORTRAITS });
    if (dashboardUrl) new CfnOutput(this, 'DashboardUrl', { value: dashboardUrl, description: 'The dashboard' });
    if (api.domainTarget) {
      new CfnOutput(this, 'DomainTarget', {
        value: api.domainTarget,
        description: 'Point the DNS record of your domain here',
      });
    }
  }
}

/** A restored table, by the ARN of its stream, which is the table's ARN and `/stream/…`. */
function tableOf(stack: Stack, tableStreamArn: string): ITable {
  const [tableArn = ''] = tableStreamArn.split('/stream/');
  return Table.fromTableAttributes(stack, 'RestoredTable', { tableArn, tableStreamArn });
}

/** The settings for the functions. */
const settingsOf = (context: Context): Record<Setting, string> => ({
  ...settingDefaults,
  STAGE: context.stage,
  CORS_ORIGINS: context.corsOrigins.join(','),
  IMAGE_MODEL: context.imageModel,
  STYLE_REFERENCES: String(context.styleReferences),
  MAX_IMAGES_PER_DAY: String(context.maxImagesPerDay),
  KEEP_PORTRAITS: String(context.keepPortraits),
});
