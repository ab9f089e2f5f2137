import { describe, expect, it } from 'vitest';
import { keys } from '../../functions/storage/table.ts';
import { type Worker, workers } from '../../lib/contract/functions.ts';
import { only, synthesise } from './synthesise.ts';

const template = synthesise();
const table = only(template, 'AWS::DynamoDB::Table').id;
const queue = only(template, 'AWS::SQS::Queue');
const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
const rules = Object.values(template.findResources('AWS::Events::Rule'));
const lambdas = Object.entries(template.findResources('AWS::Lambda::Function'));

const idOf = ({ name }: Worker) =>
  lambdas.find(([, { Properties }]) => Properties.FunctionName === `personas-api-prod-${name}`)?.[0] ?? '';

const told = workers.flatMap((worker) => ('changesOf' in worker.source ? [{ worker, ...worker.source }] : []));
const scheduled = workers.flatMap((worker) => ('everyHours' in worker.source ? [{ worker, ...worker.source }] : []));

describe.each(told)('$worker.name', ({ worker, changesOf }) => {
  const [mapping] = mappings.filter(({ Properties }) => Properties.FunctionName.Ref === idOf(worker));

  it('reads the changes of its row, one batch after another, with bounded retries', () => {
    expect(mapping?.Properties).toMatchObject({
      EventSourceArn: { 'Fn::GetAtt': [table, 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      ParallelizationFactor: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10,
    });
    // The stream keeps records for a day.
    expect(mapping?.Properties.MaximumRecordAgeInSeconds).toBeLessThan(24 * 60 * 60);
    expect(
      mapping?.Properties.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern)),
    ).toEqual(changesOf.map((prefix) => ({ dynamodb: { Keys: { SK: { S: [{ prefix }] } } } })));
  });

  it('filters only existing prefixes', () => {
    const items = [
      keys.tombstone('1'),
      keys.persona('1', '2'),
      keys.image('1', '2'),
      keys.portrait('1', '2', '3'),
      keys.referrer('1', '2', '3'),
      keys.listedKey('1', '2'),
    ];
    for (const prefix of changesOf) expect(items.filter(({ SK }) => SK.startsWith(prefix))).toHaveLength(1);
  });

  it('has an encrypted dead letter queue', () => {
    expect(mapping?.Properties.DestinationConfig).toEqual({
      OnFailure: { Destination: { 'Fn::GetAtt': [queue.id, 'Arn'] } },
    });
    expect(queue.resource.Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
  });
});

describe.each(scheduled)('$worker.name', ({ worker, everyHours }) => {
  it('runs as often as its row says', () => {
    const own = rules.filter(({ Properties }) => Properties.Targets[0].Arn['Fn::GetAtt'][0] === idOf(worker));
    const rate =
      everyHours % 24 === 0 ? `rate(${everyHours / 24} day${everyHours > 24 ? 's' : ''})` : `rate(${everyHours} hours)`;
    expect(own.map(({ Properties }) => Properties.ScheduleExpression)).toEqual([rate]);
  });
});

it('has a source for each worker, and no other', () => {
  expect([mappings.length, rules.length]).toEqual([told.length, scheduled.length]);
});
