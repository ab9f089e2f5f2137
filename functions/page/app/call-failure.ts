export interface Refused {
  readonly error: string;
  readonly code: string;
  readonly requestId: string;
  readonly details?: readonly { readonly path: string; readonly message: string }[];
}

/** A failed call, with a message for people. */
export class CallFailure extends Error {
  /** 0: no answer. */
  readonly status: number;
  readonly code: string;
  readonly details: readonly { readonly path: string; readonly message: string }[];
  readonly requestId: string | undefined;

  constructor(response: Pick<Response, 'status' | 'headers'>, refused: Partial<Refused> | undefined) {
    super(refused?.error ?? `The service answered ${response.status}.`);
    this.status = response.status;
    this.code = refused?.code ?? '';
    this.details = refused?.details ?? [];
    this.requestId = response.headers.get('x-request-id') ?? undefined;
  }
}

export const connectionFailure = () =>
  new CallFailure(Response.error(), {
    error: 'The service did not answer. Check the connection and try again.',
    code: 'no_answer',
  });

/** Turns what was thrown into a failure to show. */
export const failureOf = (error: unknown): CallFailure =>
  error instanceof CallFailure
    ? error
    : new CallFailure(Response.error(), { error: error instanceof Error ? error.message : String(error) });
