import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { forMiniStack } from '../../lib/rehearsal/template.ts';
import { synthesise } from '../stack/synthesise.ts';
import { runProgram } from '../support/program.ts';

const programs = mkdtempSync(join(tmpdir(), 'personas-programs-'));
afterAll(() => rmSync(programs, { recursive: true }));

it('says what is missing where there is no Python', async () => {
  symlinkSync(process.execPath, join(programs, 'node'));
  const { ended, output } = runProgram([process.execPath, 'bin/rehearse.ts'], { PATH: programs });
  expect(await ended).toBe(1);
  expect(output()).toMatch(
    /^✗ MiniStack .*\nThe rehearsal needs Python 3\.10 or newer, found as "python3?", for MiniStack/,
  );
});

describe('the template that is rehearsed', () => {
  const original = synthesise({ retainData: false }).toJSON() as Parameters<typeof forMiniStack>[0];
  const adapted = forMiniStack(original);

  it('is the one that is deployed, but for what empties the bucket', () => {
    const missing = Object.keys(original.Resources).filter((id) => !(id in adapted.Resources));
    expect(missing.length).toBeGreaterThan(0);
    for (const id of missing) expect(id).toMatch(/AutoDeleteObjects/);
    expect(JSON.stringify(adapted)).not.toContain('AutoDeleteObjects');
  });

  it('is another only where something is streamed, in base64 or not to be streamed', () => {
    const types = Object.keys(adapted.Resources)
      .filter((id) => JSON.stringify(adapted.Resources[id]) !== JSON.stringify(original.Resources[id]))
      .map((id) => original.Resources[id]?.Type);
    expect(new Set(types)).toEqual(
      new Set([
        'AWS::ApiGateway::Method',
        'AWS::ApiGateway::RestApi',
        'AWS::Lambda::Function',
        'AWS::S3::BucketPolicy',
      ]),
    );
  });
});
