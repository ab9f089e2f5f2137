/** The part of a CloudFormation template that is read and changed. */
interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, Json>>;
  readonly DependsOn?: string | readonly string[];
}

type Json = ReturnType<typeof JSON.parse>;

/** The stack's template as MiniStack can deploy it, drawing by OpenAI at `openAi`. docs/operating.md lists what differs, and so is not rehearsed. */
export function forMiniStack({ Resources, ...rest }: Template, openAi: string): Template {
  const isKept = (id: string) => !isLeftOut(id, Resources[id]);
  const kept = Object.entries(Resources).filter(([id]) => isKept(id));
  const adapted = kept.map(([id, resource]) => {
    const others = resource.DependsOn && [resource.DependsOn].flat().filter(isKept);
    return [id, { ...resource, ...changesOf(resource, openAi), ...(others && { DependsOn: others }) }];
  });
  const secrets = new Set(kept.filter(([, { Type }]) => Type === 'AWS::SecretsManager::Secret').map(([id]) => id));
  return withArns({ ...rest, Resources: Object.fromEntries(adapted) }, secrets);
}

/** They deny whoever comes without TLS, and everyone but the functions. MiniStack speaks HTTP, and compares the session of a role instead of the role. */
const denying = ['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy'];

/** What empties the bucket finds the SDK in Lambda's runtime, which MiniStack does not have. */
const isLeftOut = (id: string, resource: Resource | undefined) =>
  denying.includes(resource?.Type ?? '') || /^(CustomS3AutoDelete|.*AutoDeleteObjectsCustomResource)/.test(id);

/** MiniStack's `Ref` of a secret is its name. */
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
    // Buffered binary answers are in base64.
    case 'AWS::ApiGateway::RestApi':
      return withProperties({ BinaryMediaTypes: ['*/*'] });
    // It knows no context of an encryption.
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
      const more = { AWS_SAM_LOCAL: 'true', OPENAI_BASE_URL: openAi };
      return withProperties({ Environment: { Variables: { ...Variables, ...more } } });
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
