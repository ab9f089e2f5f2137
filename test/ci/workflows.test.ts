import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: { readonly name: string };
  readonly if?: string;
  readonly needs?: string;
  readonly steps?: readonly Step[];
  readonly 'timeout-minutes'?: number;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);
const workflows = files.map((file) => ({ file, text: read(file), ...(parse(read(file)) as Workflow) }));
const jobs = workflows.flatMap(({ file, jobs }) =>
  Object.entries(jobs).map(([id, job]) => ({ ...job, id: `${file} ${id}` })),
);
const steps = jobs.flatMap(({ id, steps = [] }) => steps.map((step) => ({ ...step, job: id })));

it('reads the workflows', () => {
  expect(files).toEqual(['.github/workflows/ci.yml', '.github/workflows/deploy.yml', '.github/workflows/models.yml']);
});

describe.each(workflows)('$file', ({ text, permissions, on }) => {
  it('pins each action by a commit and names its version', () => {
    const uses = text.match(/^ *-? *uses: .*$/gm) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses)
      expect(line).toMatch(/uses: ([\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\.\/\.github\/.+)$/);
  });

  it('may only read the code by default', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(permissions);
  });

  it("runs no code of others with the repository's rights", () => {
    for (const trigger of ['pull_request_target', 'workflow_run', 'issue_comment'])
      expect(on).not.toHaveProperty(trigger);
  });
});

it('keeps no token with the code, and puts no input into scripts', () => {
  for (const { uses, with: given, run = '' } of steps) {
    if (uses?.startsWith('actions/checkout@')) expect(given).toEqual({ 'persist-credentials': false });
    expect(run).not.toContain('${{');
  }
});

it('limits the time of every job', () => {
  for (const job of jobs) expect(job.uses ?? job['timeout-minutes']).toBeDefined();
});

it('gives an AWS token only to jobs that assume a role, with the needed permissions', () => {
  const given = jobs.filter(({ permissions }) => permissions).map(({ id, permissions }) => [id, permissions]);
  expect(Object.fromEntries(given)).toEqual({
    '.github/workflows/deploy.yml test': { contents: 'read' },
    '.github/workflows/deploy.yml diff': { contents: 'read', 'id-token': 'write', 'pull-requests': 'write' },
    '.github/workflows/deploy.yml build': { contents: 'read' },
    '.github/workflows/deploy.yml deploy': { 'id-token': 'write' },
  });
});

describe('the tests', () => {
  const ran = steps.filter(({ job, run }) => job.startsWith('.github/workflows/ci.yml') && run).map(({ run }) => run);

  it('are those of the README and .ci/run', () => {
    expect(ran).toEqual([
      'npm ci && npx playwright-core install --with-deps chromium',
      'npm ci && npm test',
      'npm ci && npm run rehearse',
    ]);
    expect(read('README.md')).toContain('```sh\nnpm ci && npm test\n```');
    expect(read('.ci/run').trim().split('\n').at(-1)).toBe('npm ci && npm test');
  });

  it('use the oldest Node that package.json allows', () => {
    const setups = steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(setups).not.toEqual([]);
    for (const { job, with: given } of setups) {
      if (!job.endsWith(' deploy')) expect(`>=${given?.['node-version']}`).toBe(manifest.engines.node);
    }
  });

  it('come before a deployment', () => {
    const deploy = jobs.find(({ id }) => id.endsWith(' deploy'));
    expect(deploy).toMatchObject({ needs: 'build', environment: { name: 'production' } });
    expect(jobs.find(({ id }) => id.endsWith(' build'))).toMatchObject({ needs: 'test' });
    expect(jobs.find(({ id }) => id.endsWith('deploy.yml test'))?.uses).toBe('./.github/workflows/ci.yml');
  });
});

it('deploys what a job without permissions built, and installs nothing', () => {
  const deploy = steps.filter(({ job }) => job.endsWith(' deploy')).map(({ run = '', uses = '' }) => run + uses);
  expect(deploy.join('\n')).not.toMatch(/npm|npx|checkout|cdk synth/);
  expect(deploy[0]).toMatch(/^actions\/download-artifact@/);
  expect(deploy.at(-1)).toMatch(/cdk drift --app cdk\.out --fail$/);
});

it('gets credentials only after third-party code was installed and run', () => {
  for (const { steps = [] } of jobs) {
    const credentials = steps.findIndex(({ uses }) => uses?.startsWith('aws-actions/'));
    const installed = steps.findLastIndex(({ run }) => /npm ci|cdk synth/.test(run ?? ''));
    if (credentials !== -1) expect(credentials).toBeGreaterThan(installed);
  }
});
