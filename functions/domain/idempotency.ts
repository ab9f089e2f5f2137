/** A request with an Idempotency-Key: it may come again, and acts once. Both are hashes, since neither the key nor the body is kept. */
export interface IdempotentRequest {
  /** Of the key. */
  readonly key: string;
  /** Of method, path and body: the same key with another one is another request. */
  readonly fingerprint: string;
}

/** What a request made, now or when it came before. */
export interface Once<Result> {
  readonly result: Result;
  readonly isReplay: boolean;
}
