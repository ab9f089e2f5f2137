import type { CfnResource } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { functions } from '../../lib/contract/functions.ts';
import { everything, makeStack, synthesise } from './synthesise.ts';

/**
 * Resources with data, or with the API's address: CloudFormation replaces them if their logical id or one of these properties changes. A failure here
 * means that a deployment would lose data.
 */
const kept = {
  TableCD117FA1: {
    type: 'AWS::DynamoDB::Table',
    properties: {
      TableName: undefined,
      KeySchema: [
        { AttributeName: 'PK', KeyType: 'HASH' },
        { AttributeName: 'SK', KeyType: 'RANGE' },
      ],
    },
  },
  Bucket83908E77: { type: 'AWS::S3::Bucket', properties: { BucketName: undefined } },
  Key961B73FD: {
    type: 'AWS::KMS::Key',
    properties: { KeySpec: undefined, KeyUsage: undefined, MultiRegion: undefined, Origin: undefined },
  },
  AdminKeyC19094DA: {
    type: 'AWS::SecretsManager::Secret',
    // Another rule would generate a new key.
    properties: { Name: undefined, GenerateSecretString: { ExcludePunctuation: true, PasswordLength: 43 } },
  },
  ApiRestApiE35FEAFE: { type: 'AWS::ApiGateway::RestApi', properties: {} },
};

const templates = {
  'by default': synthesise(),
  'where data may go': synthesise({ retainData: 'false' }),
  'with every option': synthesise(everything),
};

describe.each(Object.entries(templates))('the stack, %s', (_case, template) => {
  it.each(Object.entries(kept))('does not replace %s', (id, { type, properties }) => {
    const resource = template.toJSON().Resources[id];
    expect(resource?.Type).toBe(type);
    for (const [name, value] of Object.entries(properties))
      expect([name, resource.Properties[name]]).toEqual([name, value]);
  });

  it('has no other table, bucket, key, secret or API', () => {
    const types = new Set(Object.values(kept).map(({ type }) => type));
    const ids = [...types].flatMap((type) => Object.keys(template.findResources(type)));
    expect(ids.toSorted()).toEqual(Object.keys(kept).toSorted());
  });

  it('has no redundant dependencies', () => {
    for (const [id, { Properties, DependsOn = [] }] of Object.entries<Resource>(template.toJSON().Resources)) {
      const named = JSON.stringify(Properties ?? {});
      const twice = [DependsOn]
        .flat()
        .filter((other) => named.includes(`{"Ref":"${other}"}`) || named.includes(`{"Fn::GetAtt":["${other}"`));
      expect([id, twice]).toEqual([id, []]);
    }
  });
});

interface Resource {
  readonly Properties?: object;
  readonly DependsOn?: string | readonly string[];
}

it.each(functions.filter(({ actions }) => actions.kmsKey))('$name depends on the policy of its role', ({ name }) => {
  const template = templates['by default'];
  const lambdas = template.findResources('AWS::Lambda::Function', {
    Properties: { FunctionName: `personas-api-prod-${name}` },
  });
  const [{ Properties, DependsOn } = {}] = Object.values(lambdas);
  const policies = template.findResources('AWS::IAM::Policy', {
    Properties: { Roles: [{ Ref: Properties.Role['Fn::GetAtt'][0] }] },
  });
  expect(Object.keys(policies)).toHaveLength(1);
  expect(DependsOn).toEqual(Object.keys(policies));
});

it.each(functions.slice(0, 1))('changes only the function whose code changed', ({ name }) => {
  const before = templates['by default'].toJSON().Resources;
  const stack = makeStack();
  const changed = stack.node.findChild(name).node.findChild('Function').node.defaultChild as CfnResource;
  changed.addPropertyOverride('Code.S3Key', 'another.zip');
  const after = Template.fromStack(stack).toJSON().Resources;

  expect(Object.keys(after)).toEqual(Object.keys(before));
  const different = Object.keys(after).filter((id) => JSON.stringify(after[id]) !== JSON.stringify(before[id]));
  expect(different).toEqual([stack.getLogicalId(changed)]);
});
