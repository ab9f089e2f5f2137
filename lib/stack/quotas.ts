/** How much of an AWS quota a template uses. */
export interface Usage {
  readonly of: string;
  readonly used: number;
  readonly quota: number;
}

/** The parts of a CloudFormation template that count. */
interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  readonly Outputs?: object;
  readonly Parameters?: object;
  readonly Mappings?: object;
}

/**
 * The usage of the quotas that a growing template could reach. The quotas of an API apply to the stack's only one.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export function usageOf(text: string): Usage[] {
  const { Resources, Outputs = {}, Parameters = {}, Mappings = {} }: Template = JSON.parse(text);
  const resources = Object.values(Resources);
  const ofApi = (part: string) => resources.filter(({ Type }) => Type === `AWS::ApiGateway::${part}`).length;
  return [
    { of: 'resources', used: resources.length, quota: 500 },
    { of: 'outputs', used: Object.keys(Outputs).length, quota: 200 },
    { of: 'parameters', used: Object.keys(Parameters).length, quota: 200 },
    { of: 'mappings', used: Object.keys(Mappings).length, quota: 200 },
    { of: 'KB of template', used: Math.ceil(Buffer.byteLength(text) / 1024), quota: 1024 },
    { of: 'resources of the API', used: ofApi('Resource'), quota: 300 },
    { of: 'authorizers', used: ofApi('Authorizer'), quota: 10 },
    { of: 'stages', used: ofApi('Stage'), quota: 10 },
  ];
}

export const summaryOf = (usages: readonly Usage[]): string =>
  usages.map(({ of, used, quota }) => `${used} of ${quota} ${of}`).join(', ');
