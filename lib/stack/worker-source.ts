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

/** What a worker is fed by, beside the table. */
export interface WorkerSources {
  readonly table: ITable;
  /** Takes what a worker failed to do for good. It holds places in the stream, not what was changed. */
  readonly failures: Queue;
}

/** The queue of what workers failed to do for good; an alarm watches it, and reconcile finds what is left. */
export function failuresOf(stack: Stack): Queue {
  const queue = new Queue(stack, 'Failures', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  for (const id of ['AwsSolutions-SQS3', 'Serverless-SQSRedrivePolicy']) {
    Validations.of(queue).acknowledge({ id, reason: 'It is the queue of what failed.' });
  }
  return queue;
}

function streamOf({ tableStreamArn }: ITable): string {
  if (!tableStreamArn) throw new Error('The table has no stream');
  return tableStreamArn;
}

/** What a worker's role needs to be fed. */
export function sourceStatements({ source }: Worker, { table, failures }: WorkerSources): PolicyStatement[] {
  if (!('changesOf' in source)) return [];
  return [
    new PolicyStatement({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resources: [streamOf(table)],
    }),
    // It names no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }),
    new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [failures.queueArn] }),
  ];
}

/** Has AWS call a worker. */
export function feed(scope: Construct, { name, source }: Worker, handler: IFunction, sources: WorkerSources): void {
  if ('everyHours' in source) {
    const rule = new Rule(scope, `${name}-schedule`, {
      description: `Runs ${name}`,
      schedule: Schedule.rate(Duration.hours(source.everyHours)),
      targets: [new LambdaFunction(handler)],
    });
    Validations.of(rule).acknowledge({
      id: 'Serverless-EventBusDLQ',
      reason: 'What one run misses is looked at by the next one.',
    });
  } else feedChanges(scope, name, source, handler, sources);
}

function feedChanges(
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
    // Of a batch that fails, single records are named and sent again; where the function itself fails, halves.
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: 10,
    // Below the day for which the stream keeps a record.
    maxRecordAge: Duration.hours(20),
    // CDK's own destination for a queue grants more than to send.
    onFailure: { bind: () => ({ destination: failures.queueArn }) },
  });
}
