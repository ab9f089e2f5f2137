import { Aws, Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  type CfnRestApi,
  type DomainName,
  EndpointAccessMode,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  RequestAuthorizer,
  ResponseTransferMode,
  ResponseType,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { type Endpoint, endpoints } from '../contract/functions.ts';
import {
  gatewayBody,
  gatewayCacheControl,
  gatewayResponses,
  methodNotAllowed,
  offeredMethods,
} from '../contract/gateway-responses.ts';
import type { Context } from './context.ts';
import { gatewayCorsHeaders, preflightHeaders, quote } from './cors.ts';
import { addMockMethod } from './mock-method.ts';

/** The newest policy that accepts TLS 1.2. Without it, API Gateway's own domain accepts TLS 1.0. */
const tls = {
  securityPolicy: SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
  endpointAccessMode: EndpointAccessMode.STRICT,
};

/** Fields that are always numbers, so that log queries can compare them. */
const numbers = /"(\$context\.(?:status|responseLength|responseLatency))"/g;

/** A line of the access log: no IP address, query, header or body; only the pattern of the path, and the id of the key. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTimeEpoch',
    method: '$context.httpMethod',
    path: '$context.resourcePath',
    key: '$context.authorizer.principalId',
    status: '$context.status',
    bytes: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    integrationStatus: '$context.integrationStatus',
    integrationMilliseconds: '$context.integrationLatency',
    integrationError: '$context.integrationErrorMessage',
    gatewayResponse: '$context.error.responseType',
  }).replace(numbers, '$1'),
);

export interface ApiProps {
  readonly context: Context;
  /** Called before each call of a route that is not open. */
  readonly authorize: IFunction;
  /** For the access log. */
  readonly removalPolicy: RemovalPolicy;
}

/** The REST API: one stage, and a route for each endpoint that is given to `addRoute`. */
export class Api extends Construct {
  /** Without a trailing slash. */
  readonly url: string;
  /** The target of the custom domain's DNS record. */
  readonly domainTarget: string | undefined;
  /** Its name in CloudWatch. */
  readonly name: string;
  readonly accessLog: LogGroup;
  readonly #restApi: RestApi;
  readonly #origins: readonly string[];
  readonly #corsHeaders: readonly string[];
  readonly #authorizer: RequestAuthorizer;

  constructor(scope: Construct, id: string, { context, authorize, removalPolicy }: ApiProps) {
    super(scope, id);
    this.#origins = context.corsOrigins;
    this.accessLog = new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_MONTH, removalPolicy });
    this.name = `personas-api-${context.stage}`;
    this.#corsHeaders = context.corsHeaders;
    this.#restApi = new RestApi(this, 'RestApi', {
      restApiName: this.name,
      description: 'Personas, their projects and their portraits',
      endpointTypes: [EndpointType.REGIONAL],
      // Access logs need a role of the account. It stays when the stack is deleted, since all APIs share it.
      cloudWatchRole: true,
      deployOptions: {
        stageName: context.stage,
        throttlingRateLimit: context.throttleRate,
        throttlingBurstLimit: context.throttleBurst,
        methodOptions: Object.fromEntries(
          endpoints.flatMap(({ method, path, throttle }) =>
            throttle
              ? [
                  [
                    `${path}/${method}`,
                    {
                      throttlingRateLimit: Math.min(throttle.rate, context.throttleRate),
                      throttlingBurstLimit: Math.min(throttle.burst, context.throttleBurst),
                    },
                  ],
                ]
              : [],
          ),
        ),
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat,
      },
    });
    Object.assign(this.#restApi.node.defaultChild as CfnRestApi, tls);
    this.#restApi.node.tryRemoveChild('Endpoint');
    this.#addGatewayResponses();
    // A key may be in either of two headers, but API Gateway caches policies only if all headers of the cache key are sent. So it calls the
    // authorizer each time, which has a cache of its own.
    this.#authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: authorize,
      identitySources: [],
      resultsCacheTtl: Duration.seconds(0),
    });
    acknowledgeFindings(this.#restApi);

    if (context.webAclArn) {
      new CfnWebACLAssociation(this, 'Firewall', {
        resourceArn: this.#restApi.deploymentStage.stageArn,
        webAclArn: context.webAclArn,
      });
    }
    const domain = this.#addDomain(context);
    this.domainTarget = domain?.domainNameAliasDomainName;
    this.url = domain
      ? `https://${context.domainName}`
      : `https://${this.#restApi.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${context.stage}`;
  }

  /** Adds the route of an endpoint; for GET, HEAD too. */
  addRoute({ method, path, access, stream, timeout }: Endpoint, handler: IFunction): void {
    const resource = this.#restApi.root.resourceForPath(path);
    const integration = new LambdaIntegration(handler, {
      allowTestInvoke: false,
      ...(stream
        ? { responseTransferMode: ResponseTransferMode.STREAM, timeout: Duration.seconds(timeout + 15) }
        : { timeout: Duration.seconds(29) }),
    });
    const options = access === 'open' ? {} : { authorizer: this.#authorizer };
    resource.addMethod(method, integration, options);
    if (method === 'GET') resource.addMethod('HEAD', integration, options);
    if (!resource.node.tryFindChild('ANY')) this.#addOwnMethods(path);
  }

  /** Adds the preflight, and 405 for other methods. */
  #addOwnMethods(path: string): void {
    const resource = this.#restApi.root.resourceForPath(path);
    const offered = offeredMethods(endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method));
    const refusal = methodNotAllowed(offered);
    addMockMethod(
      resource,
      'OPTIONS',
      { status: 204, headers: preflightHeaders(offered, this.#corsHeaders) },
      this.#origins,
    );
    addMockMethod(
      resource,
      'ANY',
      {
        status: 405,
        headers: { Allow: quote(offered.join(', ')), 'Cache-Control': quote(gatewayCacheControl) },
        body: gatewayBody(refusal, '$context.requestId'),
      },
      this.#origins,
    );
  }

  #addGatewayResponses(): void {
    for (const [type, answer] of Object.entries(gatewayResponses)) {
      this.#restApi.addGatewayResponse(type, {
        type: ResponseType.of(type),
        ...(answer.status && { statusCode: String(answer.status) }),
        templates: { 'application/json': gatewayBody(answer, '$context.requestId') },
        responseHeaders: {
          ...gatewayCorsHeaders(this.#origins),
          'Cache-Control': quote(gatewayCacheControl),
          'X-Request-Id': 'context.requestId',
          ...(answer.retryAfter && { 'Retry-After': quote(String(answer.retryAfter)) }),
        },
      });
    }
  }

  #addDomain({ domainName, certificateArn }: Context): DomainName | undefined {
    if (!domainName || !certificateArn) return undefined;
    return this.#restApi.addDomainName('Domain', {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      ...tls,
    });
  }
}

function acknowledgeFindings(restApi: RestApi): void {
  Validations.of(restApi).acknowledge(
    { id: 'AwsSolutions-APIG2', reason: 'The functions validate requests, with the same schemas on AWS and locally.' },
    { id: 'AwsSolutions-APIG3', reason: 'A firewall costs six dollars a month; the operator decides.' },
    {
      id: 'AwsSolutions-APIG4',
      reason: 'The page, status, documents, models, preflights and 405 are open; all other routes have an authorizer.',
    },
    {
      id: 'AwsSolutions-APIG6',
      reason: 'Execution logs would contain keys, prompts and pictures; the access log does not.',
    },
    { id: 'AwsSolutions-COG4', reason: 'Callers use keys; there are no user accounts.' },
    {
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
      reason:
        "The account's role with which API Gateway writes logs; all APIs of the account share it, so it cannot name this one.",
    },
    {
      id: 'Serverless-APIGWStructuredLogging',
      reason: 'The lines are JSON, but the format itself is not, since numbers are not in quotes.',
    },
    {
      id: 'Serverless-APIGWXrayEnabled',
      reason: 'Tracing costs money per request; the access log has the latencies.',
    },
  );
}
