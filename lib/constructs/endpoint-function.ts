import { type CfnElement, Duration, type RemovalPolicy, type Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Architecture, type IFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { Endpoint } from '../endpoints.ts';
import { bundle } from './bundling.ts';

/** Where the data lies. */
export interface Stores {
  readonly table: Table;
  readonly bucket: Bucket;
  readonly key: Key;
}

export interface EndpointFunctionProps {
  readonly endpoint: Endpoint;
  readonly stores: Stores;
  /** Environment beside the addresses of the stores that the endpoint uses. */
  readonly environment: Record<string, string>;
  /** What becomes of the logs when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

/** The function of one row of the table, which may do what the row says and write its own log, and nothing else. */
export function endpointFunction(
  stack: Stack,
  { endpoint, stores, environment, removalPolicy }: EndpointFunctionProps,
): IFunction {
  const scope = new Construct(stack, endpoint.name);
  const logGroup = new LogGroup(scope, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy });
  // Not AWS's managed policy for functions: that one may write into every log of the account.
  const writeLogs = new PolicyStatement({
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      endpoint: new PolicyDocument({ statements: [writeLogs, ...storeStatements(endpoint, stores)] }),
    },
  });
  Validations.of(scope).acknowledge(
    { id: 'Serverless-LambdaDLQ', reason: 'Called by API Gateway only, which waits for the answer.' },
    { id: 'Serverless-LambdaTracing', reason: 'Tracing slows every call of the SDK down, and costs.' },
  );
  if (endpoint.uses.bucket) {
    const bucketId = stack.getLogicalId(stores.bucket.node.defaultChild as CfnElement);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/projects/*]`,
      reason: 'The objects of the projects, whose names are not known beforehand.',
    });
  }
  return new NodejsFunction(scope, 'Function', {
    ...bundle(endpoint.name),
    functionName: `${stack.stackName}-${endpoint.name}`,
    description: `${endpoint.method} ${endpoint.path}`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: endpoint.memory ?? 512,
    timeout: Duration.seconds(endpoint.timeout ?? 10),
    role,
    logGroup,
    environment: { ...environment, ...storeAddresses(endpoint, stores) },
  });
}

function storeStatements({ uses }: Endpoint, { table, bucket, key }: Stores): PolicyStatement[] {
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
  if (uses.key) {
    statements.push(
      new PolicyStatement({
        actions: uses.key.map((action) => `kms:${action}`),
        resources: [key.keyArn],
        // Exactly the context {projectId}: ForAllValues alone is also true of a call that has no context.
        // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
        conditions: {
          'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['projectId'] },
          Null: { 'kms:EncryptionContextKeys': 'false' },
        },
      }),
    );
  }
  return statements;
}

function storeAddresses({ uses }: Endpoint, { table, bucket, key }: Stores): Record<string, string> {
  return {
    ...(uses.table && { TABLE_NAME: table.tableName }),
    ...(uses.bucket && { BUCKET_NAME: bucket.bucketName }),
    ...(uses.key && { KEY_ID: key.keyArn }),
  };
}
