import { type Metric, metricNamespace, metrics } from '../../lib/contract/metrics.ts';
import { setting } from './settings.ts';

/**
 * Writes metrics to the function's log in CloudWatch's embedded metric format. `fields` are only in the log line, for queries, and must not
 * be secret. It does not use `console`, since Lambda's JSON log format would wrap the line. It does not use Powertools Metrics, which makes a
 * cold start 6 % longer.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function writeMetrics(values: Readonly<Partial<Record<Metric, number>>>, fields: object = {}): void {
  const names = Object.keys(values) as Metric[];
  const definition = {
    Namespace: metricNamespace(setting('STAGE')),
    Dimensions: [[]],
    Metrics: names.map((name) => ({ Name: name, Unit: metrics[name] })),
  };
  const line = {
    level: 'INFO',
    ...fields,
    ...values,
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [definition] },
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
