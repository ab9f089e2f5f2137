import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { useTool } from '../support/tool.ts';

const tools = useTool();

it('is a program without dependencies, with the version of the service', async () => {
  const folder = join(tools.folder, 'package');
  expect((await readdir(folder)).toSorted()).toEqual(['LICENSE', 'README.md', 'package.json', 'personas.cjs']);
  expect(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))).toEqual({
    name: 'personas-api',
    version: manifest.version,
    description: expect.stringMatching(/command line/),
    license: 'Apache-2.0',
    engines: { node: '>=20' },
    files: ['personas.cjs'],
    bin: { 'personas-api': 'personas.cjs' },
  });
  const program = await readFile(join(folder, 'personas.cjs'), 'utf8');
  expect(program).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(program).not.toMatch(/require\("[^"]*(aws|middy|openai)/);
  expect((await tools.run(['--version'])).stdout).toBe(`${manifest.version}\n`);
});

it('has a README without links to files that are not in it', async () => {
  const readme = await readFile(join(tools.folder, 'package', 'README.md'), 'utf8');
  const targets = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  expect(targets.filter((target) => !/^(https:|#)/.test(target))).toEqual([]);
});
