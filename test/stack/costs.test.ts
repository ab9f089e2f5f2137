import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endpoints } from '../../lib/contract/functions.ts';
import { Context } from '../../lib/stack/context.ts';
import { only, synthesise } from './synthesise.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');

/** Dollars per million. https://aws.amazon.com/api-gateway/pricing, …/lambda/pricing, …/cloudwatch/pricing, …/dynamodb/pricing */
const price = {
  gateway: 3.5,
  lambda: 0.2,
  gigabyteSecond: 13.3334,
  logByte: 0.0005,
  readUnit: 0.125,
  writeUnit: 0.625,
};
const time = 0.02 * 0.5 * price.gigabyteSecond;
const line = 400;
const logged = line * price.logByte;

describe('the table of costs', () => {
  const rows = [
    ...read('costs').matchAll(/^\| (.+) \| (\d*) ?\| (\d*) ?\|(?: \$[\d.]+)? \| ?(.*?) ?\| \$([\d.]+) \|$/gm),
  ].map(([, name = '', reads, writes, other = '', total]) => ({
    name,
    reads: Number(reads),
    writes: Number(writes),
    other,
    total: Number(total),
  }));

  it('is parsed', () => {
    expect(rows.length).toBeGreaterThan(20);
  });

  it.each(rows)(
    '$name costs $total a million times, gateway, functions and logs included',
    ({ name, reads, writes, other, total }) => {
      const functions = /^status/.test(name) ? 1 : 2;
      // Conditional costs are not included.
      const stores = / with /.test(other) ? 0 : Number(/\$([\d.]+)/.exec(other)?.[1] ?? 0);
      const units = reads * price.readUnit + writes * price.writeUnit;
      const sum = price.gateway + functions * (price.lambda + time) + logged + units + stores;
      expect(Math.abs(total - sum)).toBeLessThanOrEqual(0.005 + 1e-9);
    },
  );

  it('assumes lines of the access log that are long enough', () => {
    const { Format: format } = only(synthesise(), 'AWS::ApiGateway::Stage').resource.Properties.AccessLogSetting;
    const longest = (texts: readonly string[]) => texts.toSorted((a, b) => b.length - a.length)[0] ?? '';
    const values: Readonly<Record<string, string>> = {
      requestId: '3e853195-5c83-4015-a4ef-f0825b57c531',
      requestTimeEpoch: '1795700000000',
      httpMethod: longest(endpoints.map(({ method }) => method)),
      resourcePath: longest(endpoints.map(({ path }) => path)),
      'authorizer.principalId': '01a20a62-dab4-753c-acde-bfe37a99f225',
      status: '200',
      responseLength: '1048576',
      responseLatency: '10000',
      integrationStatus: '200',
      integrationLatency: '10000',
      integrationErrorMessage: '-',
      'error.responseType': '-',
    };
    const written = format.replaceAll(/\$context\.([A-Za-z.]+)/g, (_: string, name: string) => {
      expect(values).toHaveProperty([name]);
      return values[name];
    });
    // CloudWatch adds 26 bytes to each: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
    expect(written.length + 26).toBeLessThanOrEqual(line);
    expect(written.length + 26).toBeGreaterThan(line * 0.9);
  });
});

it('describes every option', () => {
  const told = [...read('deploying').matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, names = '']) =>
    names.replaceAll('`', '').split(', '),
  );
  expect(told.toSorted()).toEqual(Object.keys(Context.shape).toSorted());
});
