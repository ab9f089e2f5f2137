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
  /** The functions on the table's stream, by name. */
  readonly streamFunctions: ReadonlyMap<string, IFunction>;
  /** The queue of stream records that they gave up on. */
  readonly failures: IQueue;
}

interface AlarmProps {
  readonly metric: IMetric;
  /** The lowest value that fires the alarm. */
  readonly threshold: number;
  /** How many values in a row have to reach it. Default: 1. */
  readonly periods?: number;
  readonly meaning: string;
  /** Its heading in docs/operating.md. */
  readonly entry: string;
}

const period = Duration.minutes(5);

/** Endpoints that only use the table, and so have to be fast. */
const isTableOnly = ({ actions: { table, bucket, kmsKey }, stream, timeout }: Endpoint) =>
  table !== undefined && !bucket && !kmsKey && !stream && timeout <= 15;

/** Selects their lines in the access log; by the path alone if it holds for all methods of the path. */
function tableOnlyPattern(): string {
  const routes = [...Map.groupBy(endpoints, ({ path }) => path)].flatMap(([path, here]) => {
    const those = here.filter(isTableOnly);
    if (those.length === 0) return [];
    const methods = those.map(({ method }) => `$.method = "${method}"`).join(' || ');
    return those.length === here.length ? `$.path = "${path}"` : `($.path = "${path}" && (${methods}))`;
  });
  return `{ ${routes.join(' || ')} }`;
}

/** Selects faults of the service. Those of the image provider are counted by ProviderFailures. */
function errorPattern(): string {
  const asking = endpoints.filter(({ settings }) => settings.includes('PROVIDER_TIMEOUT_MS'));
  const elsewhere = asking.map(({ path }) => `$.path != "${path}"`).join(' && ');
  return `{ $.status = 500 || ($.status > 500 && ${elsewhere}) }`;
}

/** A dashboard, and alarms, which are sent to `alarmEmail` if it is set. */
export class Monitoring extends Construct {
  /** Undefined without a dashboard. */
  readonly dashboardUrl: string | undefined;
  readonly #namespace: string;
  readonly #action: SnsAction | undefined;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { context, api, table, streamFunctions, failures } = props;
    this.#namespace = metricNamespace(context.stage);
    this.#action = context.alarmEmail ? this.#notify(context.alarmEmail) : undefined;

    const errors = this.#logged(api.accessLog, 'Errors', errorPattern());
    const throttled = this.#logged(api.accessLog, 'Throttled', '{ $.gatewayResponse = "THROTTLED" }');
    const tableLatency = this.#logged(api.accessLog, 'TableLatency', tableOnlyPattern(), '$.milliseconds').with({
      statistic: Stats.p(99),
    });
    const tableThrottles = ['Read', 'Write'].map((kind) => [kind, ofTable(table, `${kind}ThrottleEvents`)] as const);
    const iteratorAges = [...streamFunctions].map(
      ([name, handler]) => [name, handler.metric('IteratorAge', { statistic: Stats.MAXIMUM, period })] as const,
    );
    const deadLetters = failures.metricApproximateNumberOfMessagesVisible({ period });

    this.#alarm('Errors', {
      metric: errors,
      threshold: 5,
      meaning: 'Calls fail because of a fault of the service.',
      entry: 'errors',
    });
    this.#alarm('TableLatency', {
      metric: tableLatency,
      threshold: 3000,
      periods: 3,
      meaning: 'The 99th percentile of calls that only use the table is above 3 s.',
      entry: 'slow-calls',
    });
    this.#alarm('Throttled', {
      metric: throttled,
      threshold: 100,
      meaning: 'Many calls are throttled.',
      entry: 'throttled-calls',
    });
    this.#alarm('ProviderRefusals', {
      metric: this.#own('ProviderRefusals'),
      threshold: 1,
      meaning: 'The image provider refuses a key, its credit or a model.',
      entry: 'provider-refusals',
    });
    this.#alarm('ProviderFailures', {
      metric: this.#own('ProviderFailures'),
      threshold: 5,
      meaning: 'The image provider fails.',
      entry: 'provider-failures',
    });
    this.#alarm('ReconcileFindings', {
      metric: this.#own('ReconcileFindings'),
      threshold: 1,
      meaning: 'The daily check has found inconsistent data.',
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
        meaning: 'The clean-up after deletions is half an hour behind.',
        entry: 'iterator-age',
      });
    }
    this.#alarm('DeadLetters', {
      metric: deadLetters,
      threshold: 1,
      meaning: 'The clean-up after a deletion has failed for good.',
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
          'Clean-up',
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
      reason: 'An undelivered e-mail is not sent again; the alarm still shows in CloudWatch.',
    });
    return new SnsAction(topic);
  }

  #own(metricName: OwnMetric): Metric {
    return new Metric({ namespace: this.#namespace, metricName, statistic: Stats.SUM, period });
  }

  /** A metric from the access log. `metricValue`: a field of the log, or a constant. */
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
