import { originalFrame } from './source-map.ts';

/**
 * Writes a fault to the function's log, as one line of JSON. Messages of AWS, of the provider and of the language stay out, because
 * they may quote what was sent or stored: their names, codes and the place in our code tell enough.
 */
export function logFault(error: unknown, requestId: string): void {
  console.error(JSON.stringify({ level: 'ERROR', requestId, ...describe(error) }));
}

/** Deep enough for our code to be in a stack below the middleware of AWS's clients; V8 itself keeps ten frames. */
Error.stackTraceLimit = 50;

/** Does the work. Its fault is logged, and another thrown that tells nothing of it, since Lambda logs the whole of what a function throws. */
export async function loggingFaults<Result>(requestId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    logFault(error, requestId);
    throw new Error('The fault is logged');
  }
}

/** A SyntaxError quotes the JSON that it could not parse, a TypeError of fetch the header that it could not send. */
const ownErrors = new Set(['Error', 'Refusal']);

const codeForm = /^[\w.-]{1,64}$/;

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack = '', cause } = error;
  const from = error as {
    code?: unknown;
    syscall?: unknown;
    status?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  const foreign = from.$metadata !== undefined || from.status !== undefined;
  return {
    name,
    ...(!foreign && ownErrors.has(name) && { message }),
    ...(codeForm.test(String(from.code)) && { code: from.code }),
    ...(codeForm.test(String(from.syscall)) && { syscall: from.syscall }),
    status: from.status ?? from.$metadata?.httpStatusCode,
    awsRequestId: from.$metadata?.requestId,
    at: places(stack.replace(message, '')),
    ...(cause !== undefined && { cause: describe(cause) }),
  };
}

/** The frames that are in our code, at most 8; where none is, those of others. */
function places(stack: string): string[] {
  const frames = stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => originalFrame(line.trim()));
  const ours = frames.filter((frame) => !/\bnode_modules\/|\bnode:/.test(frame));
  return (ours.length > 0 ? ours : frames).slice(0, 8);
}
