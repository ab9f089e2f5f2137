import { originalFrame } from './source-map.ts';

/**
 * Writes a fault to the function's log, as one line of JSON. Messages of AWS, the provider and JavaScript are left out, since they may
 * quote what was sent or stored. Names, codes and stack frames are enough.
 */
export function logFault(error: unknown, requestId: string): void {
  console.error(JSON.stringify({ level: 'ERROR', requestId, ...describe(error) }));
}

/** Deep enough for the frames below the middleware of AWS's clients. V8's default is 10. */
Error.stackTraceLimit = 50;

/** Runs the work. Logs its fault and throws an error without details instead, since Lambda would log all of the original one. */
export async function loggingFaults<Result>(requestId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    logFault(error, requestId);
    throw new Error('The fault is logged');
  }
}

/** Errors with our messages. A SyntaxError may quote the JSON that it could not parse, a TypeError of fetch a header. */
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
    at: framesOf(stack.replace(message, '')),
    ...(cause !== undefined && { cause: describe(cause) }),
  };
}

/** At most 8 frames: those in our code, or all if none is. */
function framesOf(stack: string): string[] {
  const frames = stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => originalFrame(line.trim()));
  const ours = frames.filter((frame) => !/\bnode_modules\/|\bnode:/.test(frame));
  return (ours.length > 0 ? ours : frames).slice(0, 8);
}
