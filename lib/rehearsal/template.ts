/** What is read and changed of a CloudFormation template. */
interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, Json>>;
  readonly DependsOn?: string | readonly string[];
}

type Json = ReturnType<typeof JSON.parse>;

/** The stack's template as MiniStack can deploy it. docs/operating.md lists what differs, and so is not rehearsed. */
export function forMiniStack({ Resources, ...rest }: Template): Template {
  // What empties the bucket finds the SDK in Lambda's runtime, which MiniStack does not have.
  const isKept = (id: string) => !/^(CustomS3AutoDelete|.*AutoDeleteObjectsCustomResource)/.test(id);
  const kept = Object.entries(Resources).filter(([id]) => isKept(id));
  const adapted = kept.map(([id, resource]) => {
    const others = resource.DependsOn && [resource.DependsOn].flat().filter(isKept);
    return [id, { ...resource, ...changesOf(resource), ...(others && { DependsOn: others }) }];
  });
  return { ...rest, Resources: Object.fromEntries(adapted) };
}

function changesOf({ Type, Properties = {} }: Resource): Partial<Resource> {
  const withProperties = (changes: Json) => ({ Properties: { ...Properties, ...changes } });
  switch (Type) {
    case 'AWS::ApiGateway::Method':
      return withProperties({ Integration: buffered(Properties.Integration) });
    // What is not streamed comes in base64.
    case 'AWS::ApiGateway::RestApi':
      return withProperties({ BinaryMediaTypes: ['*/*'] });
    case 'AWS::Lambda::Function': {
      const { Variables } = Properties.Environment ?? {};
      return withProperties({ Environment: { Variables: { ...Variables, AWS_SAM_LOCAL: 'true' } } });
    }
    case 'AWS::S3::BucketPolicy': {
      const { Statement, ...policy } = Properties.PolicyDocument;
      const statements = Statement.filter(
        (statement: Json) => !JSON.stringify(statement).includes('CustomS3AutoDelete'),
      );
      return withProperties({ PolicyDocument: { ...policy, Statement: statements } });
    }
    default:
      return {};
  }
}

/** An integration that answers in one piece, within the time that API Gateway gives such a one. */
function buffered({ ResponseTransferMode: mode, ...integration }: Json): Json {
  if (mode !== 'STREAM') return integration;
  const [separator, parts] = integration.Uri['Fn::Join'];
  const uri = { 'Fn::Join': [separator, [...parts.slice(0, -1), '/invocations']] };
  return { ...integration, Uri: uri, TimeoutInMillis: 29_000 };
}
