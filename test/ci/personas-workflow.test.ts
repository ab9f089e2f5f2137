import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { newProject, useStack } from '../support/api.ts';
import { useTool } from '../support/tool.ts';

/** The version in the workflow: major and minor. */
const release = manifest.version.split('.').slice(0, 2).join('.');

const stack = useStack({ auth: true });
const tools = useTool();

interface Step {
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly env: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<'diff' | 'apply', { readonly steps: readonly Step[] }>>;
}

/** Runs the commands of a job as GitHub does, with the tool of this checkout as `npx personas-api`. */
async function runJob(job: 'diff' | 'apply', values: Readonly<Record<string, string>>): Promise<string> {
  const workflow: Workflow = parse(await readFile('docs/personas.yml', 'utf8'));
  const filled = (env: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(env).map(([name, text]) => [
        name,
        text.replace(/\$\{\{ (.+) \}\}/, (_, key: string) => values[key] ?? ''),
      ]),
    );
  const summary = join(tools.folder, 'summary.md');
  await writeFile(summary, '');
  const bin = join(tools.folder, 'bin');
  await mkdir(bin, { recursive: true });
  const npx = `#!/bin/sh\n[ "$1 $2" = "--yes personas-api@${release}" ] || exit 64\nshift 2\nexec '${process.execPath}' ../package/personas.cjs "$@"\n`;
  await writeFile(join(bin, 'npx'), npx, { mode: 0o755 });
  for (const { run, env } of workflow.jobs[job].steps) {
    if (!run) continue;
    await promisify(execFile)('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
      cwd: join(tools.folder, 'repository'),
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: tools.folder,
        GITHUB_STEP_SUMMARY: summary,
        ...filled(workflow.env),
        ...filled(env),
      },
    });
  }
  return readFile(summary, 'utf8');
}

it('shows the changes in a pull request, and applies them on main once', async () => {
  const project = await newProject(stack.api.as(stack.adminKey));
  const keyFor = async (access: string) => (await project.post('/keys', { name: 'CI', access })).body.key;
  const values = {
    'vars.PERSONAS_API_URL': stack.url,
    'vars.PERSONAS_API_PROJECT': project.id,
    'secrets.PERSONAS_READ_KEY': await keyFor('read'),
    'secrets.PERSONAS_WRITE_KEY': await keyFor('write'),
  };
  await project.post('/personas', { name: 'Greta', description: 'Young' });
  await project.post('/personas', { name: 'Ghost' });

  // The first step of docs/personas-in-ci.md: export the project into the repository.
  const repository = join(tools.folder, 'repository');
  await mkdir(repository);
  const environment = {
    PERSONAS_API_URL: stack.url,
    PERSONAS_API_PROJECT: project.id,
    PERSONAS_API_KEY: values['secrets.PERSONAS_READ_KEY'],
  };
  expect((await tools.run(['export', join(repository, 'personas')], { environment })).code).toBe(0);
  expect(await runJob('diff', values)).toContain('0 to create, 0 to update, 0 to delete, 2 the same.');

  const lines = join(repository, 'personas/personas.jsonl');
  const [head, greta = ''] = (await readFile(lines, 'utf8')).split('\n');
  await writeFile(lines, [head, greta.replace('Young', 'Retired'), '{"name": "Tom"}', ''].join('\n'));
  const told = await runJob('diff', values);
  expect(told).toBe(
    [
      '```diff',
      '~ Greta',
      '    description',
      '      - Young',
      '      + Retired',
      '+ Tom',
      '- Ghost',
      '1 to create, 1 to update, 1 to delete, 0 the same.',
      '```',
      '',
    ].join('\n'),
  );
  expect((await project.get('/personas')).body).toMatchObject([{ description: 'Young' }, { name: 'Ghost' }]);

  await runJob('apply', values);
  const applied = (await project.get('/personas')).body;
  expect(applied).toMatchObject([{ name: 'Greta', description: 'Retired' }, { name: 'Tom' }]);
  await runJob('apply', values);
  expect((await project.get('/personas')).body).toEqual(applied);

  await writeFile(lines, '{"name": "Gre');
  await expect(runJob('diff', values)).rejects.toThrow('personas.jsonl: Line 1 is not valid JSON');
});
