/**
 * Writes a fault to the function's log, as one line of JSON. Messages of AWS and of the provider stay out, because they may
 * quote what was sent: their names, codes and the place in our code tell enough.
 */
export function logFault(error: unknown, requestId: string): void {
  console.error(JSON.stringify({ level: 'ERROR', requestId, ...described(error) }));
}

function described(error: unknown): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack = '', cause } = error;
  const from = error as {
    code?: unknown;
    status?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  const foreign = from.$metadata !== undefined || from.status !== undefined;
  return {
    name,
    ...(!foreign && { message: error.message }),
    code: from.code,
    status: from.status ?? from.$metadata?.httpStatusCode,
    awsRequestId: from.$metadata?.requestId,
    at: stack
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 8)
      .map((line) => line.trim()),
    ...(cause !== undefined && { cause: described(cause) }),
  };
}
