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
import { failuresOf, feed, sourceStatements } from './worker-source.ts';

export interface PersonasStackProps extends StackProps {
  readonly context: Context;
  /** Default: those of the table of functions. */
  readonly workers?: readonly Worker[];
}

/** For so long the table can be restored to any moment, and what was deleted from the bucket is kept: a table without its objects is half a restore. */
const recovery = Duration.days(35);

/** By which the admin key's secret, whose name CloudFormation makes, is told from those of other stages. */
export const stageTag = 'personas-api-stage';

/** The whole service: where the data lies, a function for each endpoint, and the API before them. */
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

    // The stack's own stays beside it, untouched, until somebody deletes it.
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
      reason: 'Only our functions read it, and their requests are in the access log of the API.',
    });
    if (!retainData) {
      Validations.of(ownTable).acknowledge({ id: 'AwsSolutions-DDB3', reason: 'Data that may go needs no backup.' });
      // cfn-lint's W3005: what empties the bucket names its role, and so waits for it anyway.
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
      description: 'The key that opens every project and makes the keys that open one',
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
      removalPolicy,
    });
    Tags.of(adminKey).add(stageTag, context.stage);
    Validations.of(adminKey).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Its holders would be locked out at a time that nobody chose; docs/keys.md says how to rotate it.',
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
    const api = new Api(this, 'Api', { context, authorize: add(authorizer, 'Tells what a key may do'), removalPolicy });
    for (const endpoint of endpoints) api.addRoute(endpoint, add(endpoint, `${endpoint.method} ${endpoint.path}`));
    const sources = { table, failures: failuresOf(this) };
    const followers = new Map<string, IFunction>();
    for (const worker of workers) {
      const handler = add(worker, 'Called by no caller', sourceStatements(worker, sources));
      feed(this, worker, handler, sources);
      if ('changesOf' in worker.source) followers.set(worker.name, handler);
    }
    denyEveryoneElse({ bucket, kmsKey }, roles);
    const { dashboardUrl } = new Monitoring(this, 'Monitoring', { context, api, followers, ...sources });

    new CfnOutput(this, 'ApiUrl', { value: api.url, description: 'Where the API answers' });
    new CfnOutput(this, 'AdminKeyCommand', {
      value: `aws secretsmanager get-secret-value --secret-id ${adminKey.secretArn} --query SecretString --output text`,
      description: 'Reads the admin key',
    });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'BucketName', { value: bucket.bucketName });
    new CfnOutput(this, 'KeepPortraits', { value: settings.KEEP_PORTRAITS });
    if (dashboardUrl) new CfnOutput(this, 'DashboardUrl', { value: dashboardUrl, description: 'How it is doing' });
    if (api.domainTarget) {
      new CfnOutput(this, 'DomainTarget', {
        value: api.domainTarget,
        description: 'Point the DNS record of your domain here',
      });
    }
  }
}

/** A table that was restored, by the ARN of its stream: that of the table with `/stream/…` behind it. */
function tableOf(stack: Stack, tableStreamArn: string): ITable {
  const [tableArn = ''] = tableStreamArn.split('/stream/');
  return Table.fromTableAttributes(stack, 'RestoredTable', { tableArn, tableStreamArn });
}

/** What the deployment chooses, as the functions read it. */
const settingsOf = (context: Context): Record<Setting, string> => ({
  ...settingDefaults,
  STAGE: context.stage,
  CORS_ORIGINS: context.corsOrigins.join(','),
  IMAGE_MODEL: context.imageModel,
  STYLE_REFERENCES: String(context.styleReferences),
  MAX_IMAGES_PER_DAY: String(context.maxImagesPerDay),
  KEEP_PORTRAITS: String(context.keepPortraits),
});
