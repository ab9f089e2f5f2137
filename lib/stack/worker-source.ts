import { Duration, type Stack, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { TableChanges, Worker } from '../contract/functions.ts';

/** The stores of the workers' event sources. */
export interface WorkerSources {
  readonly table: ITable;
  /** Positions of stream records that a worker gave up on, without the records. */
  readonly failures: Queue;
}

/** Creates the queue of records that a worker gave up on. An alarm watches it, and reconcile finds what is left. */
export function failuresOf(stack: Stack): Queue {
  const queue = new Queue(stack, 'Failures', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  for (const id of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy']) {
    Validations.of(queue).acknowledge({ id, reason: 'It is itself the dead letter queue.' });
  }
  return queue;
}

function streamOf({ tableStreamArn }: ITable): string {
  if (!tableStreamArn) throw new Error('The table has no stream');
  return tableStreamArn;
}

/** The permissions that a worker's event source needs. */
export function sourceStatements({ source }: Worker, { table, failures }: WorkerSources): PolicyStatement[] {
  if (!('changesOf' in source)) return [];
  return [
    new PolicyStatement({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [streamOf(table)],
    }),
    // It has no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }),
    new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failures.queueArn] }),
  ];
}

/** Connects a worker to its event source. */
export function connectSource(
  scope: Construct,
  { name, source }: Worker,
  handler: IFunction,
  sources: WorkerSources,
): void {
  if ('everyHours' in source) {
    const rule = new Rule(scope, `${name}-schedule`, {
      description: `Runs ${name}`,
      schedule: Schedule.rate(Duration.hours(source.everyHours)),
      targets: [new LambdaFunction(handler)],
    });
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'The next run checks what a failed one missed.',
    });
  } else connectStream(scope, name, source, handler, sources);
}

function connectStream(
  scope: Construct,
  name: string,
  { changesOf }: TableChanges,
  handler: IFunction,
  { table, failures }: WorkerSources,
): void {
  new EventSourceMapping(scope, `${name}-changes`, {
    target: handler,
    eventSourceArn: streamOf(table),
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: 100,
    maxBatchingWindow: Duration.seconds(1),
    parallelizationFactor: 1,
    filters: changesOf.map((prefix) =>
      FilterCriteria.filter({ dynamodb: { Keys: { SK: { S: FilterRule.beginsWith(prefix) } } } }),
    ),
    // The function names failed records, which are delivered again. If it fails itself, the batch is halved.
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: 10,
    // Less than the 24 hours for which the stream keeps records.
    maxRecordAge: Duration.hours(20),
    // CDK's own destination grants more than sending.
    onFailure: { bind: () => ({ destination: failures.queueArn }) },
  });
}
