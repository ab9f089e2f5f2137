/** Timeouts and retries of every AWS client. */
import { StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Milliseconds until an answer is complete. */
export const answerTimeout = 3_000;
export const maxAttempts = 3;

/** The client's own timeout ends with the headers of an answer; this one with its last byte. */
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

/** Errors of a service for a request that was damaged in transit, and of the SDK for a damaged answer. */
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
 * At most 3 attempts of 3 seconds each, with 1 second to connect. Between attempts the SDK waits, at most 1 and 2 seconds after throttling:
 * 12 seconds in all, less than the timeout of any function (lib/contract/functions.ts). The pipeline (http/lambda.ts) bounds several calls in a row.
 */
export const clientDefaults = {
  retryStrategy: new RetryDamaged(maxAttempts),
  requestHandler: new WholeAnswerHandler({
    connectionTimeout: 1_000,
    requestTimeout: answerTimeout,
    throwOnRequestTimeout: true,
  }),
};
