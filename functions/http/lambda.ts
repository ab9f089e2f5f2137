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

/** How Lambda reaches an endpoint that answers in one piece. */
export const lambda = (endpoint: EndpointDefinition) => answering(endpoint, toBufferedResponse);

/** How Lambda reaches an endpoint that answers as a stream. `sam local` cannot stream: there it answers in one piece too. */
export function streamingLambda(endpoint: EndpointDefinition) {
  if (process.env.AWS_SAM_LOCAL) return lambda(endpoint);
  const answer = answering(endpoint, (response) => response);
  return awslambda.streamifyResponse(async (event: APIGatewayProxyEvent, stream, context) => {
    const { body, ...head }: Response = await answer(event, context);
    const sent = awslambda.HttpResponseStream.from(stream, head);
    // Lambda's runtime ends the stream of a function that fails; one that is destroyed would end the runtime.
    await loggingFaults(event.requestContext.requestId, () =>
      pipeline(typeof body === 'string' ? [body] : body, sent, { end: false }),
    );
    sent.end();
  });
}

/** Before Lambda would end the function without an answer: what is not ready then is answered as an outage. */
const timeoutEarlyInMillis = 500;

/** What is left for the last attempt of what is tried until the deadline. */
const lastAttemptInMillis = 1_500;

type Invocation = middy.Request<APIGatewayProxyEvent>;

/** Hooks run in reverse order on the way out: an error becomes a reply, then every reply is finished. */
function answering(endpoint: EndpointDefinition, formOf: (response: Response) => unknown) {
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
