import { App } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { readContext } from '../lib/context.ts';
import { PersonasStack } from '../lib/personas-stack.ts';

const app = new App({ context: recommendedFlags });
const context = readContext(app.node);
new PersonasStack(app, `personas-api-${context.stage}`, { context });
