import { type CfnElement, Duration, type RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, type IFunction, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, Dependable } from 'constructs';
import type { Actions, FunctionRow } from '../contract/functions.ts';
import { bundle, readableBundles } from './bundling.ts';

/** The stores of the stack. */
export interface Stores {
  readonly table: ITable;
  readonly bucket: Bucket;
  readonly kmsKey: Key;
  readonly adminKey: Secret;
}

export interface LeastPrivilegeFunctionProps {
  readonly description: string;
  readonly stores: Stores;
  /** Environment variables, without the addresses of the stores. */
  readonly environment: Record<string, string>;
  /** Further permissions, for its event source. */
  readonly statements?: readonly PolicyStatement[];
  /** Reserved concurrency. Default: none. */
  readonly concurrency?: number | undefined;
  /** For the logs. */
  readonly removalPolicy: RemovalPolicy;
}

/** Creates a function, and its role, with the permissions of its row and for its own log only. */
export function leastPrivilegeFunction(
  stack: Stack,
  row: FunctionRow,
  { description, stores, environment, statements = [], concurrency, removalPolicy }: LeastPrivilegeFunctionProps,
): { handler: IFunction; role: Role } {
  const { name, actions } = row;
  const scope = new Construct(stack, name);
  const logGroup = new LogGroup(scope, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy });
  // Not AWS's managed policy for functions, which may write to all logs of the account.
  const writeLogs = new PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      endpoint: new PolicyDocument({ statements: [writeLogs, ...storeStatements(actions, stores), ...statements] }),
    },
  });
  // Not an inline policy of the role: the key's policy names the role, which would be a circular dependency.
  const kmsPolicy =
    actions.kmsKey &&
    new Policy(role, 'DefaultPolicy', {
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: actions.kmsKey.map((action) => `kms:${action}`),
          resources: [stores.kmsKey.keyArn],
          conditions: inProjectContext,
        }),
      ],
    });
  // The function names only the role, but has to wait for the policy that is attached to it.
  Dependable.implement(role, { dependencyRoots: kmsPolicy ? [kmsPolicy] : [] });
  Validations.of(scope).acknowledge(
    {
      id: 'Serverless-LambdaDLQ',
      reason: 'API Gateway waits for the answer; workers have a queue of failures, or run again.',
    },
    { id: 'Serverless-LambdaTracing', reason: 'Tracing slows down every call of the SDK, and costs money.' },
  );
  if (statements.some(({ resources }) => resources.includes('*'))) {
    for (const id of ['AwsSolutions-IAM5[Resource::*]', 'Serverless-LambdaStarPermissions']) {
      Validations.of(role).acknowledge({
        id,
        reason: 'Lambda requires dynamodb:ListStreams, which has no resource.',
      });
    }
  }
  if (actions.bucket) {
    const bucketId = stack.getLogicalId(stores.bucket.node.defaultChild as CfnElement);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${objects}]`,
      reason: 'The names of the objects of projects are not known in advance.',
    });
  }
  const handler = new NodejsFunction(scope, 'Function', {
    ...bundle(row, scope.node.tryGetContext(readableBundles) === true),
    functionName: `${stack.stackName}-${name}`,
    description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: row.memory,
    timeout: Duration.seconds(row.timeout),
    ...(concurrency !== undefined && { reservedConcurrentExecutions: concurrency }),
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    // Otherwise Lambda logs the start and end of each call.
    systemLogLevelV2: SystemLogLevel.WARN,
    environment: { ...environment, ...storeAddresses(actions, stores) },
  });
  return { handler, role };
}

/** The objects of all projects. */
const objects = 'projects/*';

/** Actions on the bucket; the others are on objects. */
const listing = ['ListBucket', 'ListBucketVersions'];

function storeStatements(actions: Actions, { table, bucket, adminKey }: Stores): PolicyStatement[] {
  const allow = (service: string, names: readonly string[] = [], resource: string, conditions = {}) =>
    names.length === 0
      ? []
      : [
          new PolicyStatement({
            actions: names.map((name) => `${service}:${name}`),
            resources: [resource],
            conditions,
          }),
        ];
  const { true: lists, false: others } = Object.groupBy(actions.bucket ?? [], (name) => `${listing.includes(name)}`);
  return [
    ...allow('dynamodb', actions.table, table.tableArn),
    ...allow('s3', others, bucket.arnForObjects(objects)),
    ...allow('s3', lists, bucket.bucketArn, { StringLike: { 's3:prefix': objects } }),
    ...allow('secretsmanager', actions.adminKey, adminKey.secretArn),
  ];
}

/** Exactly the encryption context {projectId}: ForAllValues alone also matches a call without a context.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys */
const inProjectContext = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['projectId'] },
  Null: { 'kms:EncryptionContextKeys': 'false' },
};

function storeAddresses(actions: Actions, { table, bucket, kmsKey, adminKey }: Stores): Record<string, string> {
  return {
    ...(actions.table && { TABLE_NAME: table.tableName }),
    ...(actions.bucket && { BUCKET_NAME: bucket.bucketName }),
    ...(actions.kmsKey && { KMS_KEY_ID: kmsKey.keyArn }),
    ...(actions.adminKey && { ADMIN_KEY_SECRET: adminKey.secretArn }),
  };
}
