import { Aws, Duration, Stack, Validations } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type Endpoint, endpoints } from '../contract/functions.ts';
import { metricNamespace, type Metric as OwnMetric } from '../contract/metrics.ts';
import type { Api } from './api.ts';
import type { Context } from './context.ts';

export interface MonitoringProps {
  readonly context: Context;
  readonly api: Api;
  readonly table: ITable;
  /** Functions that follow the table's changes, by name. */
  readonly followers: ReadonlyMap<string, IFunction>;
  /** What those failed to do for good. */
  readonly failures: IQueue;
}

interface AlarmProps {
  readonly metric: IMetric;
  /** The least value that is too much. */
  readonly threshold: number;
  /** Values in a row that are too much. Default: one. */
  readonly periods?: number;
  readonly meaning: string;
  /** Its heading in docs/operating.md. */
  readonly entry: string;
}

const period = Duration.minutes(5);

/** Endpoints that ask the table and nothing else, and are bound to be fast. */
const isTableOnly = ({ actions: { table, bucket, kmsKey }, stream, timeout }: Endpoint) =>
  table !== undefined && !bucket && !kmsKey && !stream && timeout <= 15;

/** Selects their lines of the access log; by the path alone where all of its methods are among them. */
function tableOnlyPattern(): string {
  const routes = [...Map.groupBy(endpoints, ({ path }) => path)].flatMap(([path, here]) => {
    const those = here.filter(isTableOnly);
    if (those.length === 0) return [];
    const methods = those.map(({ method }) => `$.method = "${method}"`).join(' || ');
    return those.length === here.length ? `$.path = "${path}"` : `($.path = "${path}" && (${methods}))`;
  });
  return `{ ${routes.join(' || ')} }`;
}

/** Selects faults of ours. What fails at the provider of portraits is told apart, by ProviderFailures. */
function errorPattern(): string {
  const asking = endpoints.filter(({ settings }) => settings.includes('PROVIDER_TIMEOUT_MS'));
  const elsewhere = asking.map(({ path }) => `$.path != "${path}"`).join(' && ');
  return `{ $.status = 500 || ($.status > 500 && ${elsewhere}) }`;
}

/** A dashboard, and alarms that tell `alarmEmail`, if there is one. */
export class Monitoring extends Construct {
  /** Where the dashboard is shown, if there is one. */
  readonly dashboardUrl: string | undefined;
  readonly #namespace: string;
  readonly #action: SnsAction | undefined;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { context, api, table, followers, failures } = props;
    this.#namespace = metricNamespace(context.stage);
    this.#action = context.alarmEmail ? this.#notify(context.alarmEmail) : undefined;

    const errors = this.#logged(api.accessLog, 'Errors', errorPattern());
    const throttled = this.#logged(api.accessLog, 'Throttled', '{ $.gatewayResponse = "THROTTLED" }');
    const tableLatency = this.#logged(api.accessLog, 'TableLatency', tableOnlyPattern(), '$.milliseconds').with({
      statistic: Stats.p(99),
    });
    const tableThrottles = ['Read', 'Write'].map((kind) => [kind, ofTable(table, `${kind}ThrottleEvents`)] as const);
    const iteratorAges = [...followers].map(
      ([name, handler]) => [name, handler.metric('IteratorAge', { statistic: Stats.MAXIMUM, period })] as const,
    );
    const deadLetters = failures.metricApproximateNumberOfMessagesVisible({ period });

    this.#alarm('Errors', {
      metric: errors,
      threshold: 5,
      meaning: 'Calls fail by a fault of ours.',
      entry: 'errors',
    });
    this.#alarm('TableLatency', {
      metric: tableLatency,
      threshold: 3000,
      periods: 3,
      meaning: 'One of a hundred calls that only ask the table takes more than 3 s.',
      entry: 'slow-calls',
    });
    this.#alarm('Throttled', {
      metric: throttled,
      threshold: 100,
      meaning: 'Callers are refused by the throttle.',
      entry: 'throttled-calls',
    });
    this.#alarm('ProviderRefusals', {
      metric: this.#own('ProviderRefusals'),
      threshold: 1,
      meaning: 'The provider of portraits refuses a key, its credit or a model.',
      entry: 'provider-refusals',
    });
    this.#alarm('ProviderFailures', {
      metric: this.#own('ProviderFailures'),
      threshold: 5,
      meaning: 'The provider of portraits does not draw.',
      entry: 'provider-failures',
    });
    this.#alarm('ReconcileFindings', {
      metric: this.#own('ReconcileFindings'),
      threshold: 1,
      meaning: 'The daily check has found data that is not as it should be.',
      entry: 'reconcile-findings',
    });
    for (const [kind, metric] of tableThrottles) {
      this.#alarm(`Table${kind}Throttles`, {
        metric,
        threshold: 10,
        periods: 2,
        meaning: 'DynamoDB throttles the table.',
        entry: 'table-throttles',
      });
    }
    for (const [name, metric] of iteratorAges) {
      this.#alarm(`IteratorAge-${name}`, {
        metric,
        threshold: Duration.minutes(30).toMilliseconds(),
        periods: 3,
        meaning: 'What follows deletions is half an hour behind.',
        entry: 'iterator-age',
      });
    }
    this.#alarm('DeadLetters', {
      metric: deadLetters,
      threshold: 1,
      meaning: 'What follows deletions has failed for good.',
      entry: 'dead-letters',
    });

    if (context.dashboard) {
      const dashboard = new Dashboard(this, 'Dashboard', { dashboardName: `personas-api-${context.stage}` });
      const ofApi = (metricName: string, statistic: string) =>
        new Metric({
          namespace: 'AWS/ApiGateway',
          metricName,
          dimensionsMap: { ApiName: api.name },
          statistic,
          period,
        });
      const own = (...names: OwnMetric[]) => names.map((name) => this.#own(name));
      const graph = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8 });
      dashboard.addWidgets(
        graph(
          'Calls',
          ofApi('Count', Stats.SUM),
          ofApi('4XXError', Stats.SUM),
          ofApi('5XXError', Stats.SUM),
          errors,
          throttled,
        ),
        graph('Milliseconds', ofApi('Latency', Stats.p(50)), ofApi('Latency', Stats.p(99)), tableLatency),
        graph(
          'Portraits',
          ...own('PortraitsDrawn', 'PortraitsBlocked', 'ProviderRefusals', 'ProviderFailures', 'QuotaRefusals'),
        ),
        graph(
          'Milliseconds of the provider',
          ...[Stats.p(50), Stats.p(90)].map((statistic) => this.#own('ProviderTime').with({ statistic })),
        ),
        graph(
          'Table',
          ofTable(table, 'ConsumedReadCapacityUnits'),
          ofTable(table, 'ConsumedWriteCapacityUnits'),
          ...tableThrottles.map(([, metric]) => metric),
        ),
        graph(
          'After deletions',
          ...iteratorAges.map(([, metric]) => metric),
          deadLetters,
          ...own('CleanUpFindings', 'ReconcileFindings'),
        ),
      );
      this.dashboardUrl = `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${dashboard.dashboardName}`;
    }
  }

  #notify(email: string): SnsAction {
    const topic = new Topic(this, 'Topic', { displayName: 'Personas API', enforceSSL: true });
    topic.addSubscription(new EmailSubscription(email));
    Validations.of(topic).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason: 'A mail that does not arrive is not sent again; the alarm still stands in CloudWatch.',
    });
    return new SnsAction(topic);
  }

  #own(metricName: OwnMetric): Metric {
    return new Metric({ namespace: this.#namespace, metricName, statistic: Stats.SUM, period });
  }

  /** What is counted of the access log, with a value that one of its fields holds. */
  #logged(logGroup: ILogGroup, metricName: string, pattern: string, metricValue = '1'): Metric {
    const filterPattern = FilterPattern.literal(pattern);
    const filter = new MetricFilter(this, metricName, {
      logGroup,
      filterPattern,
      metricNamespace: this.#namespace,
      metricName,
      metricValue,
    });
    return filter.metric({ statistic: Stats.SUM, period });
  }

  #alarm(id: string, { metric, threshold, periods = 1, meaning, entry }: AlarmProps): void {
    const alarm = new Alarm(this, `${id}Alarm`, {
      alarmName: `${Stack.of(this).stackName}-${id}`,
      alarmDescription: `${meaning} docs/operating.md#${entry}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#action) alarm.addAlarmAction(this.#action);
  }
}

const ofTable = (table: ITable, metricName: string) =>
  table.metric(metricName, { statistic: Stats.SUM, period, dimensionsMap: { TableName: table.tableName } });
