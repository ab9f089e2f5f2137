import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { type Listener, listen } from './listen.ts';
import { type Credentials, type SignatureFault, signatureFault } from './signature.ts';

export interface JsonAnswer {
  /** The name of an error. */
  readonly error?: string;
  readonly body: object;
}

export const refuse = (error: string, message: string): JsonAnswer => ({ error, body: { __type: error, message } });

/**
 * Serves AWS's JSON protocol, for requests signed with these credentials. `answer` gets the operation, such as `TrentService.Decrypt`, and its input.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export async function listenJson<Input>(
  service: string,
  credentials: Credentials,
  answer: (target: string, input: Input) => JsonAnswer,
): Promise<Listener> {
  return listen(async (request, response) => {
    const sent = await buffer(request);
    const fault = await signatureFault(request, { service, credentials, body: sent });
    const target = String(request.headers['x-amz-target']);
    const input = parse<Input>(sent);
    const { error, body } = fault ? refusals[fault] : input ? answer(target, input) : unreadable;
    response.writeHead(error ? 400 : 200, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': randomUUID(),
      ...(error && { 'x-amzn-errortype': error }),
    });
    response.end(JSON.stringify(body));
  });
}

/** Undefined if it is not JSON. */
function parse<Input>(body: Buffer): Input | undefined {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

const unreadable = refuse('SerializationException', 'The body is not what the service expects.');

const refusals: Readonly<Record<SignatureFault, JsonAnswer>> = {
  missing: refuse('MissingAuthenticationTokenException', 'Missing Authentication Token'),
  unknown: refuse('UnrecognizedClientException', 'The security token included in the request is invalid.'),
  skewed: refuse('InvalidSignatureException', 'The request was signed too long before or after the present time.'),
  mismatch: refuse('InvalidSignatureException', 'The signature is not that of this request.'),
};
