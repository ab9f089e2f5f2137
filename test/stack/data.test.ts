import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { only, synthesise } from './synthesise.ts';

const template = synthesise();
const passing = synthesise({ stage: 'dev', retainData: 'false' });

const stores = ['AWS::DynamoDB::Table', 'AWS::S3::Bucket', 'AWS::KMS::Key'];

describe('the table', () => {
  it('has string keys, on-demand billing, a stream and time to live', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'PK', KeyType: 'HASH' },
        { AttributeName: 'SK', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'PK', AttributeType: 'S' },
        { AttributeName: 'SK', AttributeType: 'S' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });
});

describe('the bucket', () => {
  it('is private, encrypted, owner-enforced, and aborts incomplete uploads', () => {
    const { Properties } = only(template, 'AWS::S3::Bucket').resource;
    expect(Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LifecycleConfiguration: {
        Rules: expect.arrayContaining([
          { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' },
        ]),
      },
    });
  });

  it('denies access without TLS', () => {
    const { Statement } = only(template, 'AWS::S3::BucketPolicy').resource.Properties.PolicyDocument;
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });
});

it('rotates the key every year, with the stage in its alias', () => {
  template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  template.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/personas-api-prod' });
  passing.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/personas-api-dev' });
});

describe('by default', () => {
  it.each([...stores, 'AWS::Logs::LogGroup'])('%s outlives the stack', (type) => {
    template.allResources(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('the table has point-in-time recovery and deletion protection', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
    });
  });

  it('the bucket keeps deleted objects as long as the table can be restored', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          {
            NoncurrentVersionExpiration: { NoncurrentDays: 35 },
            ExpiredObjectDeleteMarker: true,
            Status: 'Enabled',
          },
        ]),
      },
    });
  });

  it('nothing empties the bucket', () => {
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });
});

describe('with retainData=false', () => {
  it.each([...stores, 'AWS::Logs::LogGroup'])('%s is deleted with the stack', (type) => {
    passing.allResources(type, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  it('the bucket keeps no deleted objects', () => {
    expect(only(passing, 'AWS::S3::Bucket').resource.Properties.VersioningConfiguration).toBeUndefined();
  });

  it('nothing prevents the deletion', () => {
    passing.hasResourceProperties('AWS::DynamoDB::Table', {
      DeletionProtectionEnabled: false,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    });
    passing.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
  });
});

describe('with a restored table', () => {
  const table = 'arn:aws:dynamodb:eu-central-1:123456789012:table/restored';
  const restoredStream = `${table}/stream/2026-11-26T13:00:00.000`;
  const restored = synthesise({ restoredStream });

  it("every function uses it, and the stack's own table stays", () => {
    for (const { Properties } of Object.values(restored.findResources('AWS::Lambda::Function')))
      expect(Properties.Environment?.Variables?.TABLE_NAME ?? 'restored').toBe('restored');
    expect(JSON.stringify(restored.findResources('AWS::IAM::Role'))).toContain(table);
    expect(only(restored, 'AWS::DynamoDB::Table').id).toBe(only(template, 'AWS::DynamoDB::Table').id);
  });

  it('the workers read its stream', () => {
    restored.hasResourceProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: restoredStream });
  });
});
