import { pipeline } from 'node:stream/promises';
import middy from '@middy/core';
import { executionModeStandard } from '@middy/core/Standard';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { withDeadline } from '../domain/deadline.ts';
import type { EndpointDefinition } from './endpoint.ts';
import { failureReply } from './failure.ts';
import { logFault, loggingFaults } from './log.ts';
import { parseRequest } from './request.ts';
import { type Response, toBufferedResponse, toResponse } from './response.ts';

/** The Lambda handler of an endpoint with a buffered answer. */
export const lambda = (endpoint: EndpointDefinition) => handlerFor(endpoint, toBufferedResponse);

/** The Lambda handler of an endpoint that streams its answer. `sam local` cannot stream: there the answer is buffered. */
export function streamingLambda(endpoint: EndpointDefinition) {
  if (process.env.AWS_SAM_LOCAL) return lambda(endpoint);
  const answer = handlerFor(endpoint, (response) => response);
  return awslambda.streamifyResponse(async (event: APIGatewayProxyEvent, stream, context) => {
    const { body, ...head }: Response = await answer(event, context);
    const sent = awslambda.HttpResponseStream.from(stream, head);
    // If the body fails, Lambda's runtime ends the stream; destroying the stream would end the runtime's process.
    await loggingFaults(event.requestContext.requestId, () =>
      pipeline(typeof body === 'string' ? [body] : body, sent, { end: false }),
    );
    sent.end();
  });
}

/** An answer that is not ready this long before Lambda's timeout becomes a 503. */
const timeoutEarlyInMillis = 500;

/** The deadline of retries leaves this time for their last attempt. */
const lastAttemptInMillis = 1_500;

type Invocation = middy.Request<APIGatewayProxyEvent>;

/** middy runs `onError` and `after` in reverse order: first an error becomes a reply, then every reply becomes a response. */
function handlerFor(endpoint: EndpointDefinition, formOf: (response: Response) => unknown) {
  const finish = async (invocation: Invocation) => {
    invocation.response = await formOf(toResponse(invocation.response, invocation.event));
  };
  return middy({ executionMode: executionModeStandard, timeoutEarlyInMillis })
    .use({ after: finish, onError: finish })
    .use({ onError: refuse })
    .handler((event: APIGatewayProxyEvent, context: Context) =>
      withDeadline(context.getRemainingTimeInMillis() - lastAttemptInMillis, async () =>
        endpoint.handle(await parseRequest(endpoint, event)),
      ),
    );
}

function refuse(invocation: Invocation): void {
  const { requestId } = invocation.event.requestContext;
  const reply = failureReply(invocation.error, requestId);
  if (reply.statusCode >= 500) logFault(invocation.error, requestId);
  invocation.response = reply;
}
