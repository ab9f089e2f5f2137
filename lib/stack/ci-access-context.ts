import type { Node } from 'constructs';
import { z } from 'zod';
import { Flag, readKeys, Stage, text } from './context.ts';

/** What the access of CI may choose, by `-c key=value`. */
export const CiAccessContext = z.object({
  /** As GitHub names it in the subjects of its tokens; those of repositories made since July 2026 also hold the numbers of owner and repository. */
  repository: text(
    /^([A-Za-z0-9-]+\/[\w.-]+|[A-Za-z0-9-]+@\d+\/[\w.-]+@\d+)$/,
    'must be the repository on GitHub, such as "owner/name" or "owner@123/name@456"',
  ),
  /** Of the service that is deployed. */
  stage: Stage,
  /** The GitHub environment whose rules stand before a deployment. */
  environment: text(/^[\w.-]{1,100}$/, 'must be the name of a GitHub environment, such as "production"').default(
    'production',
  ),
  /** Whether the account knows GitHub already; it can do so only once. */
  existingProvider: Flag.default(false),
});

export type CiAccessContext = z.infer<typeof CiAccessContext>;

/** Throws a sentence for each key that is wrong. */
export const readCiAccessContext = (node: Node): CiAccessContext => readKeys(node, CiAccessContext);
