/** Timeouts and retries of every AWS client. */
import { StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Milliseconds until an answer has come whole. */
export const answerTimeout = 3_000;
export const maxAttempts = 3;

/** The client's own timeout holds until an answer begins; this one until its last byte. */
class WholeAnswerHandler extends NodeHttpHandler {
  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const start = performance.now();
    const answered = await super.handle(request, options);
    const { body } = answered.response;
    const expire = () => body.destroy(Object.assign(new Error('The answer stalls'), { name: 'TimeoutError' }));
    const timer = setTimeout(expire, Math.max(0, answerTimeout - (performance.now() - start)));
    body.once('close', () => clearTimeout(timer));
    return answered;
  }
}

/** What a service says of a request that was damaged on its way, and the SDK of an answer. */
const damage = new Set([
  'BadDigest',
  'IncompleteBody',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'SyntaxError',
  'XAmzContentSHA256Mismatch',
]);

class RetryDamaged extends StandardRetryStrategy {
  override async refreshRetryTokenForRetry(
    ...[token, info]: Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>
  ) {
    if (!info.error || !damage.has(info.error.name)) return super.refreshRetryTokenForRetry(token, info);
    Object.assign(info.error, { $retryable: {} });
    return super.refreshRetryTokenForRetry(token, { ...info, errorType: 'TRANSIENT' });
  }
}

/**
 * At most 3 attempts, each of 3 seconds, of which 1 to connect.
 * Between attempts the SDK pauses for a moment, or for at most 1 and 2 seconds where the service was too busy: 12 seconds in
 * all, less than the time of any function (lib/contract/functions.ts). What calls take in turn is ended by the pipeline (http/lambda.ts).
 */
export const clientDefaults = {
  retryStrategy: new RetryDamaged(maxAttempts),
  requestHandler: new WholeAnswerHandler({
    connectionTimeout: 1_000,
    requestTimeout: answerTimeout,
    throwOnRequestTimeout: true,
  }),
};
