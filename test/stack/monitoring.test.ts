import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { metricNamespace, metrics } from '../../lib/contract/metrics.ts';
import type { Json } from '../support/api.ts';
import { everything, only, synthesise } from './synthesise.ts';

const template = synthesise();

const filters: Json[] = Object.values(template.findResources('AWS::Logs::MetricFilter')).map(
  ({ Properties }) => Properties,
);
const alarms: readonly (readonly [string, Json])[] = Object.entries(
  template.findResources('AWS::CloudWatch::Alarm'),
).map(([id, { Properties }]) => [id.replace(/^Monitoring(.*)Alarm[0-9A-F]{8}$/, '$1'), Properties]);

/** The custom metrics. */
const sent = [...Object.keys(metrics), ...filters.map(({ MetricTransformations: [{ MetricName }] }) => MetricName)];

it('has at most fifteen metrics, and ten alarms, which are free', () => {
  expect(sent.length).toBeLessThanOrEqual(15);
  expect(new Set(sent).size).toBe(sent.length);
  expect(alarms.length).toBeLessThanOrEqual(10);
});

describe.each(alarms)('the alarm %s', (_id, alarm) => {
  const { Namespace, MetricName, Dimensions = [] } = alarm;

  it('uses an existing metric of the service or of a resource of the stack', () => {
    if (Namespace === metricNamespace('prod')) {
      expect(sent).toContain(MetricName);
      expect(Dimensions).toEqual([]);
    } else {
      expect(['AWS/DynamoDB', 'AWS/Lambda', 'AWS/SQS']).toContain(Namespace);
      const ids = Dimensions.map(({ Value }: Json) => Value.Ref ?? Value['Fn::GetAtt'][0]);
      expect(Object.keys(template.toJSON().Resources)).toEqual(expect.arrayContaining(ids));
    }
  });

  it('has a meaning and an entry in docs/operating.md', () => {
    const [, meaning, entry = ''] = /^([A-Z].+\.) docs\/operating\.md#([a-z-]+)$/.exec(alarm.AlarmDescription) ?? [];
    expect(meaning).toBeDefined();
    expect(anchors).toContain(entry);
  });

  it('does not fire without data', () => {
    expect(alarm.TreatMissingData).toBe('notBreaching');
  });
});

/** GitHub's anchors of the headings in docs/operating.md. */
const anchors = [
  ...readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8').matchAll(/^#+ (.+)$/gm),
].map(([, heading = '']) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-'),
);

describe('the metrics from the access log', () => {
  const { AccessLogSetting: setting } = only(template, 'AWS::ApiGateway::Stage').resource.Properties;

  it.each(filters)('$FilterPattern uses fields of the log, and is not too long', (filter) => {
    const { LogGroupName, FilterPattern: pattern, MetricTransformations } = filter;
    expect(JSON.stringify(setting.DestinationArn)).toContain(LogGroupName.Ref);
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    expect(pattern.length).toBeLessThanOrEqual(1024);
    const fields = [...`${pattern} ${MetricTransformations[0].MetricValue}`.matchAll(/\$\.(\w+)/g)];
    for (const [, field] of fields) expect(setting.Format).toContain(`"${field}":`);
  });

  /** Whether a pattern matches a line: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
  function isCounted(name: string, line: object): boolean {
    const { FilterPattern: pattern } = filters.find(({ MetricTransformations: [to] }) => to.MetricName === name);
    const condition = pattern.slice(1, -1).replaceAll(' = ', ' === ');
    return new Function('$', `return ${condition}`)(line);
  }

  const route = { method: 'GET', path: '/api/projects', gatewayResponse: '-', milliseconds: 12 };
  const drawing = { ...route, method: 'POST', path: '/api/projects/{projectId}/personas/{personaId}/generate-image' };
  it.each([
    ['a fault', 'Errors', { ...route, status: 500 }, true],
    ['a fault of a drawing', 'Errors', { ...drawing, status: 500 }, true],
    ['an unavailable store', 'Errors', { ...route, status: 503 }, true],
    ['an unavailable provider', 'Errors', { ...drawing, status: 502 }, false],
    ['an unresponsive provider', 'Errors', { ...drawing, status: 504 }, false],
    ['a mistake of the caller', 'Errors', { ...route, status: 404 }, false],
    ['a call beyond the throttle', 'Throttled', { ...route, status: 429, gatewayResponse: 'THROTTLED' }, true],
    ['a portrait beyond the quota', 'Throttled', { ...drawing, status: 429 }, false],
  ] as const)('%s: %s', (_case, name, line, expected) => {
    expect(isCounted(name, line)).toBe(expected);
  });

  it.each(endpoints)(
    'the milliseconds of $name, if it only uses the table',
    ({ method, path, actions, stream, timeout }) => {
      const isTableOnly = Object.keys(actions).join() === 'table' && !stream && timeout === 15;
      expect(isCounted('TableLatency', { ...route, method, path })).toBe(isTableOnly);
    },
  );
});

describe('the dashboard', () => {
  it('shows every metric of the functions', () => {
    const body = JSON.stringify(only(template, 'AWS::CloudWatch::Dashboard').resource.Properties.DashboardBody);
    for (const name of sent) expect(body).toContain(name);
    template.hasOutput('DashboardUrl', {});
  });

  it('can be left out', () => {
    const without = synthesise({ dashboard: 'false' });
    without.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    expect(without.findOutputs('DashboardUrl')).toEqual({});
  });
});

describe('the receiver of alarms', () => {
  it('is nobody by default', () => {
    template.resourceCountIs('AWS::SNS::Topic', 0);
    for (const [, { AlarmActions }] of alarms) expect(AlarmActions).toBeUndefined();
  });

  it('is the given address', () => {
    const told = synthesise(everything);
    const topic = only(told, 'AWS::SNS::Topic').id;
    told.hasResourceProperties('AWS::SNS::Subscription', {
      Endpoint: everything.alarmEmail,
      Protocol: 'email',
      TopicArn: { Ref: topic },
    });
    told.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: topic }] });
  });
});
