import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { readContext } from '../lib/stack/context.ts';
import { PersonasStack } from '../lib/stack/personas-stack.ts';
import { summaryOf, usageOf } from '../lib/stack/quotas.ts';

const app = new App({ context: recommendedFlags });
const context = readContext(app.node);
const { artifactId, stackName } = new PersonasStack(app, `personas-api-${context.stage}`, { context });

const { templateFullPath } = app.synth().getStackArtifact(artifactId);
console.error(`${stackName} uses ${summaryOf(usageOf(readFileSync(templateFullPath, 'utf8')))}.`);
