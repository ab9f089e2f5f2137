import { CfnResource, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { makeStack } from './synthesise.ts';

const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/2b5d5c1e';

/** The unacknowledged findings, with their constructs. */
function findings(stack: ReturnType<typeof makeStack>): string[] {
  return [AwsSolutionsChecks, ServerlessChecks]
    .flatMap((Pack) => new Pack(stack).validateScope(stack).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
}

it('is valid for CloudFormation', () => {
  const stack = makeStack({}, { builtinCloudFormationValidation: true });
  expect(() => Template.fromStack(stack)).not.toThrow();
});

it('would be refused with a misspelt property', () => {
  const stack = makeStack({}, { builtinCloudFormationValidation: true });
  new CfnResource(stack, 'Misspelt', { type: 'AWS::SQS::Queue', properties: { QueueNam: 'x' } });
  expect(() => Template.fromStack(stack)).toThrow(/QueueNam/);
});

describe('cdk-nag, packs AwsSolutions and Serverless', () => {
  it.each([
    ['by default', {}],
    ['where data may go', { stage: 'dev', retainData: false }],
    ['behind a domain', { domainName: 'personas.example.com', certificateArn }],
    ['with somebody to tell', { alarmEmail: 'operator@example.com' }],
    ['with origins', { corsOrigins: 'https://a.example,https://b.example' }],
  ])('finds nothing %s that is not acknowledged', (_case, context) => {
    expect(findings(makeStack(context))).toEqual([]);
  });

  it('finds an insecure bucket', () => {
    const stack = makeStack();
    new Bucket(stack, 'Careless');
    expect(findings(stack)).toContain('AwsSolutions-S10 personas-api-prod/Careless/Resource');
  });
});

it('has a reason for each acknowledgement', () => {
  const reasons = makeStack()
    .node.findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.values(data as Record<string, string>));
  expect(reasons.length).toBeGreaterThan(0);
  for (const reason of reasons) expect(reason).toMatch(/^[A-Z].{20,120}\.$/);
});
