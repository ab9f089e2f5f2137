import middy from '@middy/core';
import { executionModeStandard } from '@middy/core/Standard';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { withDeadline } from '../domain/deadline.ts';
import type { EndpointDefinition } from './endpoint.ts';
import { failureReply } from './failure.ts';
import { logFault } from './log.ts';
import { parseRequest } from './request.ts';
import { toBufferedResponse, toResponse } from './response.ts';

/** How Lambda reaches an endpoint that answers in one piece. */
export const lambda = (endpoint: EndpointDefinition) => pipeline(endpoint, false);

/** How Lambda reaches an endpoint that answers as a stream. `sam local` cannot stream: there it answers in one piece too. */
export const streamingLambda = (endpoint: EndpointDefinition) => pipeline(endpoint, !process.env.AWS_SAM_LOCAL);

/** Before Lambda would end the function without an answer: what is not ready then is answered as an outage. */
const timeoutEarlyInMillis = 500;

/** What is left for the last attempt of what is tried until the deadline. */
const lastAttemptInMillis = 1_500;

type Invocation = middy.Request<APIGatewayProxyEvent>;

/** Hooks run in reverse order on the way out: an error becomes a reply, then every reply is finished. */
function pipeline(endpoint: EndpointDefinition, stream: boolean) {
  const finish = async (invocation: Invocation) => {
    const response = toResponse(invocation.response, invocation.event);
    invocation.response = stream ? response : await toBufferedResponse(response);
  };
  return middy({ executionMode: stream ? executionModeStreamifyResponse : executionModeStandard, timeoutEarlyInMillis })
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
