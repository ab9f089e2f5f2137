import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { forMiniStack } from '../../lib/rehearsal/template.ts';
import { synthesise } from '../stack/synthesise.ts';
import { runProgram } from '../support/program.ts';

const programs = mkdtempSync(join(tmpdir(), 'personas-programs-'));
afterAll(() => rmSync(programs, { recursive: true }));

it('reports missing Python', async () => {
  symlinkSync(process.execPath, join(programs, 'node'));
  const { ended, output } = runProgram([process.execPath, 'bin/rehearse.ts'], { PATH: programs });
  expect(await ended).toBe(1);
  expect(output()).toMatch(
    /^✗ MiniStack .*\nThe rehearsal needs Python 3\.10 or newer, as "python3?" in PATH, for the AWS emulator MiniStack/,
  );
});

describe('the rehearsed template', () => {
  const original = synthesise({ retainData: false }).toJSON() as Template;
  const adapted = forMiniStack(original, 'http://127.0.0.1/v1');

  it('is the deployed one, except for emptying the bucket and deny policies', () => {
    const missing = Object.keys(original.Resources).filter((id) => !(id in adapted.Resources));
    const [emptying, others] = [true, false].map((empties) =>
      missing.filter((id) => id.includes('AutoDeleteObjects') === empties),
    );
    expect(emptying).not.toEqual([]);
    const policies = (others ?? []).map((id) => original.Resources[id]);
    expect(policies.map((policy) => policy?.Type).sort()).toEqual(['AWS::S3::BucketPolicy', 'AWS::SQS::QueuePolicy']);
    for (const id of missing) expect(JSON.stringify(adapted)).not.toContain(`"${id}"`);
  });

  it('grants the functions the same as on AWS', () => {
    expect(grantsOf(original)).not.toEqual([]);
    expect(grantsOf(adapted)).toEqual(grantsOf(original));
  });

  it('changes only resources of these types', () => {
    const types = Object.keys(adapted.Resources)
      .filter((id) => JSON.stringify(adapted.Resources[id]) !== JSON.stringify(original.Resources[id]))
      .map((id) => original.Resources[id]?.Type);
    expect(new Set(types)).toEqual(
      new Set([
        'AWS::ApiGateway::Method',
        'AWS::ApiGateway::RestApi',
        'AWS::IAM::Policy',
        'AWS::IAM::Role',
        'AWS::KMS::Key',
        'AWS::Lambda::Function',
      ]),
    );
  });
});

type Template = Parameters<typeof forMiniStack>[0];

/** The allowed actions of each role. */
const grantsOf = ({ Resources }: Template) =>
  Object.values(Resources)
    .filter(({ Type }) => ['AWS::IAM::Role', 'AWS::IAM::Policy'].includes(Type))
    .flatMap(({ Properties = {} }) => Properties.Policies ?? [Properties])
    .flatMap(({ PolicyDocument }) => PolicyDocument?.Statement ?? [])
    .map(({ Effect, Action }) => [Effect, Action]);
