import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import {
  type Actions,
  authorizer,
  type FunctionRow,
  functions,
  type Worker,
  workers,
} from '../../lib/contract/functions.ts';
import { simulate } from './simulate.ts';
import { makeStack } from './synthesise.ts';

/** A worker that uses every store, and lists and deletes objects with their versions. */
const addedWorker: Worker = {
  ...authorizer,
  source: { everyHours: 1 },
  name: 'added-worker',
  actions: {
    table: ['BatchWriteItem', 'Scan'],
    bucket: ['DeleteObject', 'DeleteObjectVersion', 'GetObject', 'ListBucket', 'ListBucketVersions', 'PutObject'],
    kmsKey: ['Decrypt', 'Encrypt'],
    adminKey: ['DescribeSecret'],
  },
};
const rows: readonly FunctionRow[] = [...functions, addedWorker];

const stack = makeStack({}, {}, { workers: [...workers, addedWorker] });
const account = simulate(Template.fromStack(stack));
const callerOf = ({ name }: FunctionRow) => account.functionCaller(`${stack.stackName}-${name}`);

const services = { table: 'dynamodb', bucket: 's3', kmsKey: 'kms', adminKey: 'secretsmanager' } as const;

/** The permissions of a worker for the table's stream and the dead letter queue. */
const streamRights = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
  'sqs:SendMessage',
];

const isTold = (row: FunctionRow) => workers.some((worker) => worker === row && 'changesOf' in worker.source);

/** The permissions of a row on the stores and on the function's log. */
function rightsOf(actions: Actions): string[] {
  const onStores = Object.entries(services).flatMap(([store, service]) =>
    (actions[store as keyof Actions] ?? []).map((action) => `${service}:${action}`),
  );
  return [...onStores, 'logs:CreateLogStream', 'logs:PutLogEvents'].toSorted();
}

describe.each(rows)('$name', (row) => {
  const caller = callerOf(row);

  it('may do the actions of its row and write its own log, and no other action on stores and logs', async () => {
    expect(await account.allowed(caller)).toEqual(rightsOf(row.actions));
  });

  it('has no permissions for other services', () => {
    const statements = caller.policies.flatMap(({ policy }) => policy.Statement);
    const fed = isTold(row) ? streamRights : [];
    expect(statements.flatMap(({ Action }) => Action).toSorted()).toEqual(
      [...rightsOf(row.actions), ...fed].toSorted(),
    );
  });

  it('may do nothing with other stores and logs', async () => {
    expect(await account.allowed(caller, account.elsewhere)).toEqual([]);
  });

  it('may not use objects outside of projects', async () => {
    const { bucket } = account.stores;
    const outside = { bucket, object: `${bucket}/other/1.png` };
    const rights = await account.allowed(caller, outside, { 's3:prefix': 'other/' });
    expect(rights.filter((right) => right.startsWith('s3:'))).toEqual([]);
  });

  it.each([
    ['no project', undefined],
    ['more than the project id', ['projectId', 'other']],
  ])('may not use the key for %s', async (_case, keys) => {
    const { key } = account.stores;
    const rights = await account.allowed(caller, { key }, { 'kms:EncryptionContextKeys': keys });
    expect(rights.filter((right) => right.startsWith('kms:'))).toEqual([]);
  });
});

/** Actions that read or write bytes or plaintexts, with equivalent ones. */
const refusedRights = [
  [
    's3:GetObject',
    's3:GetObjectTorrent',
    's3:GetObjectVersion',
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionTorrent',
  ],
  ['s3:PutObject', 's3:ReplicateObject'],
  ['kms:Decrypt', 'kms:ReEncryptFrom'],
  ['kms:Encrypt', 'kms:ReEncryptTo'],
];

describe('with policies that allow everything', () => {
  it.each(rows)('$name is denied all actions on bytes and plaintexts, except those of its row', async (row) => {
    const rights = rightsOf(row.actions);
    const expected = refusedRights.filter((group) => !group.some((right) => rights.includes(right)));
    expect(await account.refused(account.unbounded(callerOf(row)))).toEqual(expected.flat().toSorted());
  });

  it.each(['root', 'user/operator', 'role/administrator'])(
    '%s of the account is denied these actions, and no others',
    async (name) => {
      const caller = account.unbounded(account.outsider(name));
      expect(await account.refused(caller)).toEqual(refusedRights.flat().toSorted());
      // Administrators can still change the policies, and delete.
      expect(await account.allowed(caller)).toEqual(
        expect.arrayContaining(['kms:PutKeyPolicy', 's3:DeleteObject', 's3:PutBucketPolicy']),
      );
    },
  );

  it('a caller without an ARN is denied these actions', async () => {
    const { principal: _, ...nobody } = account.unbounded(account.outsider('root'));
    expect(await account.refused(nobody)).toEqual(refusedRights.flat().toSorted());
  });
});

it('access without TLS is denied, also to functions', async () => {
  const refused = await account.refused(callerOf(addedWorker), account.stores, { 'aws:SecureTransport': 'false' });
  expect(refused).toEqual(expect.arrayContaining(addedWorker.actions.bucket?.map((action) => `s3:${action}`) ?? []));
});
