/** A request with an Idempotency-Key: it may be sent again, and is carried out once. Both fields are hashes, so that neither key nor body is stored. */
export interface IdempotentRequest {
  /** Hash of the key. */
  readonly key: string;
  /** Hash of method, path and body: tells another request with the same key. */
  readonly fingerprint: string;
}

/** What a request created, now or when it was sent before. */
export interface Once<Result> {
  readonly result: Result;
  readonly isReplay: boolean;
}
