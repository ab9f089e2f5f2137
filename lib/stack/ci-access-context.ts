import type { Node } from 'constructs';
import { z } from 'zod';
import { Flag, readKeys, Stage, text } from './context.ts';

/** The options of bin/ci-access.ts, set with `-c key=value`. */
export const CiAccessContext = z.object({
  /** As in the subject of GitHub's tokens, which for repositories created since July 2026 also has the ids of owner and repository. */
  repository: text(
    /^([A-Za-z0-9-]+\/[\w.-]+|[A-Za-z0-9-]+@\d+\/[\w.-]+@\d+)$/,
    'must be the repository on GitHub, such as "owner/name" or "owner@123/name@456"',
  ),
  /** The stage of the deployed service. */
  stage: Stage,
  /** The GitHub environment that protects deployments. */
  environment: text(/^[\w.-]{1,100}$/, 'must be the name of a GitHub environment, such as "production"').default(
    'production',
  ),
  /** Whether the account already has GitHub as an identity provider, of which it can have only one. */
  existingProvider: Flag.default(false),
});

export type CiAccessContext = z.infer<typeof CiAccessContext>;

/** Throws a message for each invalid option. */
export const readCiAccessContext = (node: Node): CiAccessContext => readKeys(node, CiAccessContext);
