import { CfnOutput, DefaultStackSynthesizer, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { OidcProviderNative, PolicyDocument, PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { CiAccessContext } from './ci-access-context.ts';
import { driftReads } from './drift-reads.ts';
import { stageTag } from './personas-stack.ts';

export interface CiAccessStackProps extends StackProps {
  readonly context: CiAccessContext;
}

const issuer = 'token.actions.githubusercontent.com';
const audience = 'sts.amazonaws.com';

/** The roles of .github/workflows/deploy.yml, each for one kind of run of one repository. There are no long-lived credentials. */
export class CiAccessStack extends Stack {
  constructor(scope: Construct, id: string, { context, ...props }: CiAccessStackProps) {
    super(scope, id, { description: 'What CI may do for the Personas API', ...props });
    const { repository, stage, environment, existingProvider } = context;
    const provider = existingProvider
      ? this.formatArn({ service: 'iam', region: '', resource: 'oidc-provider', resourceName: issuer })
      : new OidcProviderNative(this, 'GitHub', {
          url: `https://${issuer}`,
          clientIds: [audience],
          // Other repositories may rely on it.
          removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        }).oidcProviderArn;

    /** Only for runs with this subject: https://docs.github.com/en/actions/reference/security/oidc */
    const role = (name: string, description: string, subject: string, statements: PolicyStatement[]) =>
      new Role(this, name, {
        description,
        assumedBy: new WebIdentityPrincipal(provider, {
          StringEquals: { [`${issuer}:aud`]: audience, [`${issuer}:sub`]: `repo:${repository}:${subject}` },
        }),
        inlinePolicies: { Permissions: new PolicyDocument({ statements }) },
      });

    const stackArn = this.formatArn({
      service: 'cloudformation',
      resource: 'stack',
      resourceName: `personas-api-${stage}/*`,
    });
    const stackFinding = {
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:<AWS::Region>:<AWS::AccountId>:stack/personas-api-${stage}/*]`,
      reason: 'CloudFormation generates the end of the ARN, so it is not known in advance.',
    };

    // Not CDK's lookup role, which may read everything in the account: a pull request runs code that nobody has reviewed.
    const diff = role('Diff', 'Compares a pull request with what is deployed', 'pull_request', [
      new PolicyStatement({
        actions: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
        resources: [stackArn],
      }),
    ]);
    Validations.of(diff).acknowledge(stackFinding);

    const qualifier = this.synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
    const deploy = role('Deploy', 'Deploys, and tests what it deployed', `environment:${environment}`, [
      new PolicyStatement({
        actions: ['sts:AssumeRole'],
        resources: ['deploy', 'file-publishing'].map((task) =>
          this.formatArn({
            service: 'iam',
            region: '',
            resource: 'role',
            resourceName: `cdk-${qualifier}-${task}-role-${this.account}-${this.region}`,
          }),
        ),
      }),
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [this.formatArn({ service: 'secretsmanager', resource: 'secret:AdminKey*' })],
        conditions: { StringEquals: { [`aws:ResourceTag/${stageTag}`]: stage } },
      }),
      new PolicyStatement({
        actions: ['DescribeStackResourceDrifts', 'DetectStackDrift', 'DetectStackResourceDrift'].map(
          (action) => `cloudformation:${action}`,
        ),
        resources: [stackArn],
      }),
      new PolicyStatement({ actions: [...driftReads], resources: ['*'] }),
    ]);
    Validations.of(deploy).acknowledge(
      stackFinding,
      {
        id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:AdminKey*]',
        reason: 'CloudFormation generates the end of its name; the tag of the stage distinguishes it from others.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Drift detection reads the configuration of resources whose names CloudFormation generates.',
      },
    );

    new CfnOutput(this, 'DiffRoleArn', { value: diff.roleArn, description: 'For the variable AWS_DIFF_ROLE_ARN' });
    new CfnOutput(this, 'DeployRoleArn', {
      value: deploy.roleArn,
      description: 'For the variable AWS_DEPLOY_ROLE_ARN',
    });
  }
}
