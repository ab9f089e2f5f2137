import { type CfnElement, Duration, type RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct, Dependable } from 'constructs';
import { defaultTimeout, type Uses } from '../contract/functions.ts';
import { bundle } from './bundling.ts';

/** Where the data lies. */
export interface Stores {
  readonly table: Table;
  readonly bucket: Bucket;
  readonly key: Key;
  readonly adminKey: Secret;
}

export interface OwnFunctionProps extends Uses {
  /** Its construct id, and the end of its name. */
  readonly name: string;
  /** Its file in functions/, without the ending. */
  readonly file: string;
  readonly description: string;
  /** Seconds; MB. */
  readonly timeout?: number | undefined;
  readonly memory?: number | undefined;
  /** Whether the parts that it imports when they are needed are files of their own. */
  readonly split?: boolean | undefined;
  /** Files of packages that it reads. */
  readonly files?: readonly string[] | undefined;
  /** How many run at once at most. */
  readonly concurrency?: number | undefined;
  readonly stores: Stores;
  /** Environment beside the addresses of the stores that the endpoint uses. */
  readonly environment: Record<string, string>;
  /** What becomes of the logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** A function which may do what its `uses` say and write its own log, and nothing else; and its role. */
export function ownFunction(stack: Stack, props: OwnFunctionProps): { handler: IFunction; role: Role } {
  const {
    name,
    file,
    description,
    uses,
    stores,
    environment,
    removalPolicy,
    memory = 512,
    timeout = defaultTimeout,
    split,
    files,
    concurrency,
  } = props;
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
      endpoint: new PolicyDocument({ statements: [writeLogs, ...storeStatements(uses, stores)] }),
    },
  });
  // Not among the role's own policies: the key's policy names the role, and each of the two would have to be there first.
  const keyPolicy =
    uses.key &&
    new Policy(role, 'DefaultPolicy', {
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: uses.key.map((action) => `kms:${action}`),
          resources: [stores.key.keyArn],
          conditions: inProjectContext,
        }),
      ],
    });
  // What CloudFormation cannot see by itself: the function has to wait for the policy that is attached to its role, but it names the role.
  Dependable.implement(role, { dependencyRoots: keyPolicy ? [keyPolicy] : [] });
  Validations.of(scope).acknowledge(
    { id: 'Serverless-LambdaDLQ', reason: 'Called by API Gateway only, which waits for the answer.' },
    { id: 'Serverless-LambdaTracing', reason: 'Tracing slows every call of the SDK down, and costs.' },
  );
  if (uses.bucket) {
    const bucketId = stack.getLogicalId(stores.bucket.node.defaultChild as CfnElement);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/projects/*]`,
      reason: 'The objects of the projects, whose names are not known beforehand.',
    });
  }
  const handler = new NodejsFunction(scope, 'Function', {
    ...bundle(file, { uses, ...(split && { split }), ...(files && { files }) }),
    functionName: `${stack.stackName}-${name}`,
    description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: memory,
    timeout: Duration.seconds(timeout),
    ...(concurrency !== undefined && { reservedConcurrentExecutions: concurrency }),
    role,
    logGroup,
    environment: { ...environment, ...storeAddresses(uses, stores) },
  });
  return { handler, role };
}

function storeStatements(uses: Uses['uses'], { table, bucket, adminKey }: Stores): PolicyStatement[] {
  const statements: PolicyStatement[] = [];
  if (uses.table) {
    statements.push(
      new PolicyStatement({
        actions: uses.table.map((action) => `dynamodb:${action}`),
        resources: [table.tableArn],
      }),
    );
  }
  if (uses.bucket) {
    statements.push(
      new PolicyStatement({
        actions: uses.bucket.map((action) => `s3:${action}`),
        resources: [bucket.arnForObjects('projects/*')],
      }),
    );
  }
  if (uses.adminKey) {
    statements.push(
      new PolicyStatement({
        actions: uses.adminKey.map((action) => `secretsmanager:${action}`),
        resources: [adminKey.secretArn],
      }),
    );
  }
  return statements;
}

/** Exactly the context {projectId}: ForAllValues alone is also true of a call that has no context.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys */
const inProjectContext = {
  'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['projectId'] },
  Null: { 'kms:EncryptionContextKeys': 'false' },
};

function storeAddresses(uses: Uses['uses'], { table, bucket, key, adminKey }: Stores): Record<string, string> {
  return {
    ...(uses.table && { TABLE_NAME: table.tableName }),
    ...(uses.bucket && { BUCKET_NAME: bucket.bucketName }),
    ...(uses.key && { KEY_ID: key.keyArn }),
    ...(uses.adminKey && { ADMIN_KEY_SECRET: adminKey.secretArn }),
  };
}
