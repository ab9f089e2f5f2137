/** What GitHub's workflows may do in an account. Deployed by hand, once: npx cdk deploy --app "node bin/ci-access.ts" -c repository=owner/name */
import { App } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { readCiAccessContext } from '../lib/stack/ci-access-context.ts';
import { CiAccessStack } from '../lib/stack/ci-access-stack.ts';

const app = new App({ context: recommendedFlags });
const context = readCiAccessContext(app.node);
new CiAccessStack(app, `personas-api-ci-${context.stage}`, { context });
