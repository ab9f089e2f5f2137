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

/** Where the data lies. */
export interface Stores {
  readonly table: ITable;
  readonly bucket: Bucket;
  readonly kmsKey: Key;
  readonly adminKey: Secret;
}

export interface LeastPrivilegeFunctionProps {
  readonly description: string;
  readonly stores: Stores;
  /** Environment beside the addresses of the stores that the function uses. */
  readonly environment: Record<string, string>;
  /** What its role may do beside the actions of the row: what feeds it needs that. */
  readonly statements?: readonly PolicyStatement[];
  /** How many run at once at most. Default: no bound of its own. */
  readonly concurrency?: number | undefined;
  /** What becomes of the logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** A function that may do the actions of its row and write its own log, and nothing else; and its role. */
export function leastPrivilegeFunction(
  stack: Stack,
  row: FunctionRow,
  { description, stores, environment, statements = [], concurrency, removalPolicy }: LeastPrivilegeFunctionProps,
): { handler: IFunction; role: Role } {
  const { name, actions } = row;
  const scope = new Construct(stack, name);
  const logGroup = new LogGroup(scope, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy });
  // Not AWS's managed policy for functions: that one may write into every log of the account.
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
  // Not among the role's own policies: the key's policy names the role, and each of the two would have to be there first.
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
  // What CloudFormation cannot see by itself: the function has to wait for the policy that is attached to its role, but it names the role.
  Dependable.implement(role, { dependencyRoots: kmsPolicy ? [kmsPolicy] : [] });
  Validations.of(scope).acknowledge(
    { id: 'Serverless-LambdaDLQ', reason: 'Called by API Gateway only, which waits for the answer.' },
    { id: 'Serverless-LambdaTracing', reason: 'Tracing slows every call of the SDK down, and costs.' },
  );
  if (statements.some(({ resources }) => resources.includes('*'))) {
    for (const id of ['AwsSolutions-IAM5[Resource::*]', 'Serverless-LambdaStarPermissions']) {
      Validations.of(role).acknowledge({
        id,
        reason: 'Lambda demands dynamodb:ListStreams, which names no resource.',
      });
    }
  }
  if (actions.bucket) {
    const bucketId = stack.getLogicalId(stores.bucket.node.defaultChild as CfnElement);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${objects}]`,
      reason: 'The objects of the projects, whose names are not known beforehand.',
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
    // Without a line of Lambda's own at each start and end of a call.
    systemLogLevelV2: SystemLogLevel.WARN,
    environment: { ...environment, ...storeAddresses(actions, stores) },
  });
  return { handler, role };
}

/** Below it lie the objects of all projects. */
const objects = 'projects/*';

/** Actions on the bucket itself; the others are on its objects. */
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

/** Exactly the context {projectId}: ForAllValues alone is also true of a call that has no context.
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
