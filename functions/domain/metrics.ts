import { type Metric, metricNamespace, metrics } from '../../lib/contract/metrics.ts';
import { setting } from './settings.ts';

/**
 * Has CloudWatch count these values, by a line of its embedded metric format in the function's log. `fields` are in that line only, for
 * searches; nothing secret may be among them. Not by `console`, which in Lambda's JSON format would put the line into another one.
 * A line of our own instead of Powertools Metrics: that adds a sixteenth to a cold start.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function countMetrics(values: Readonly<Partial<Record<Metric, number>>>, fields: object = {}): void {
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
