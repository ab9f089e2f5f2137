import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { useStack } from '../support/api.ts';

const stack = useStack();
const root = fileURLToPath(new URL('../..', import.meta.url));
const source = join(root, 'test/openapi/client');

/** The client program as a user would write it, with types from the document. */
let directory: string;
const run = (...parameters: string[]) =>
  promisify(execFile)(process.execPath, parameters, { cwd: directory }).catch(({ stdout, stderr }) => ({
    stdout,
    stderr,
  }));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'personas-client-'));
  await cp(source, directory, { recursive: true, filter: (path) => !path.includes('node_modules') });
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'), 'junction');
  const generator = join(source, 'node_modules/openapi-typescript/bin/cli.js');
  await run(generator, join(root, 'openapi.json'), '--output', join(directory, 'api.ts'));
});
afterAll(() => rm(directory, { recursive: true }));

it('compiles with types from the document, except for mistakes', async () => {
  const { stdout } = await run(join(root, 'node_modules/typescript/bin/tsc'), '--project', directory);
  const mistakes = (await readFile(join(source, 'mistakes.ts'), 'utf8')).split('\n');
  const expected = mistakes.flatMap((line, index) => (line.includes('// ') ? [`mistakes.ts(${index + 1}`] : []));
  expect(expected.length).toBeGreaterThan(0);
  expect(stdout.match(/^\S+\.ts\(\d+/gm)).toEqual(expected);
});

it('has the same types as the page (after a change, run npm run openapi)', async () => {
  const types = await readFile(join(directory, 'api.ts'), 'utf8');
  expect(await readFile(join(root, 'functions/page/app/openapi.ts'), 'utf8')).toBe(types);
});

it('works from a project to a portrait', async () => {
  const { stdout, stderr } = await run(join(directory, 'story.ts'), stack.url);
  expect(stderr).toBe('');
  expect(Number(stdout)).toBeGreaterThan(1_000);
});
