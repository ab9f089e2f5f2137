/** The part of a CloudFormation template that this file reads and changes. */
interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, Json>>;
  readonly DependsOn?: string | readonly string[];
}

type Json = ReturnType<typeof JSON.parse>;

/** Adapts the stack's template to MiniStack, with OpenAI at the address `openAi`. docs/operating.md lists the differences. */
export function forMiniStack({ Resources, ...rest }: Template, openAi: string): Template {
  const isIncluded = (id: string) => !isLeftOut(id, Resources[id]);
  const included = Object.entries(Resources).filter(([id]) => isIncluded(id));
  const adapted = included.map(([id, resource]) => {
    const others = resource.DependsOn && [resource.DependsOn].flat().filter(isIncluded);
    return [id, { ...resource, ...changesOf(resource, openAi), ...(others && { DependsOn: others }) }];
  });
  const secrets = new Set(included.filter(([, { Type }]) => Type === 'AWS::SecretsManager::Secret').map(([id]) => id));
  return withArns({ ...rest, Resources: Object.fromEntries(adapted) }, secrets);
}

/** They deny calls without TLS and calls of everyone but the functions. MiniStack speaks HTTP, and compares a role's session instead of the role. */
const denyingPolicies = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'];

/** The function that empties the bucket needs the SDK of Lambda's runtime, which MiniStack does not have. */
const isLeftOut = (id: string, resource: Resource | undefined) =>
  denyingPolicies.includes(resource?.Type ?? '') || /^(CustomS3AutoDelete|.*AutoDeleteObjectsCustomResource)/.test(id);

/** Replaces each `Ref` of a secret, which MiniStack resolves to the name instead of the ARN. */
function withArns(template: Template, secrets: ReadonlySet<string>): Template {
  return JSON.parse(JSON.stringify(template), (_key, value: Json) =>
    secrets.has(value?.Ref) ? { 'Fn::GetAtt': [value.Ref, 'Id'] } : value,
  );
}

function changesOf({ Type, Properties = {} }: Resource, openAi: string): Partial<Resource> {
  const withProperties = (changes: Json) => ({ Properties: { ...Properties, ...changes } });
  switch (Type) {
    case 'AWS::ApiGateway::Method':
      return withProperties({ Integration: buffered(Properties.Integration) });
    // Buffered answers with bytes are in base64.
    case 'AWS::ApiGateway::RestApi':
      return withProperties({ BinaryMediaTypes: ['*/*'] });
    // MiniStack does not support the condition on the encryption context.
    case 'AWS::IAM::Policy': {
      const { Statement, ...policy } = Properties.PolicyDocument;
      const statements = Statement.map(({ Condition: _, ...statement }: Json) => statement);
      return withProperties({ PolicyDocument: { ...policy, Statement: statements } });
    }
    case 'AWS::KMS::Key': {
      const { Statement, ...policy } = Properties.KeyPolicy;
      const statements = Statement.filter(({ Effect }: Json) => Effect !== 'Deny');
      return withProperties({ KeyPolicy: { ...policy, Statement: statements } });
    }
    case 'AWS::Lambda::Function': {
      const { Variables } = Properties.Environment ?? {};
      const added = { AWS_SAM_LOCAL: 'true', OPENAI_BASE_URL: openAi };
      return withProperties({ Environment: { Variables: { ...Variables, ...added } } });
    }
    default:
      return {};
  }
}

/** Turns a streaming integration into a buffered one, with API Gateway's timeout. */
function buffered({ ResponseTransferMode: mode, ...integration }: Json): Json {
  if (mode !== 'STREAM') return integration;
  const [separator, parts] = integration.Uri['Fn::Join'];
  const uri = { 'Fn::Join': [separator, [...parts.slice(0, -1), '/invocations']] };
  return { ...integration, Uri: uri, TimeoutInMillis: 29_000 };
}
