import type { infer as Infer, ZodMiniType } from 'zod/mini';
import type { Grant } from '../domain/grant.ts';
import type { IdempotentRequest } from '../domain/idempotency.ts';
import type { Precondition } from '../domain/version.ts';
import type { BodyLimits } from './json-cost.ts';
import type { Reply } from './reply.ts';

export type Schema = ZodMiniType | undefined;
export type Parsed<S extends Schema> = S extends ZodMiniType ? Infer<S> : undefined;

export interface ParsedRequest<Path extends Schema, Query extends Schema, Body extends Schema> {
  readonly path: Parsed<Path>;
  readonly query: Parsed<Query>;
  readonly body: Parsed<Body>;
  /** What the caller demands of the version that it changes. */
  readonly precondition: Precondition;
  readonly caller: Grant;
  /** Where a POST bears an Idempotency-Key. */
  readonly idempotent: IdempotentRequest | undefined;
  /** Of this call, for the log. */
  readonly requestId: string;
}

export interface EndpointDefinition<
  Path extends Schema = Schema,
  Query extends Schema = Schema,
  Body extends Schema = Schema,
> {
  readonly request: {
    readonly path?: Path;
    readonly query?: Query;
    /** Parameters of the query that may be sent more than once: their schemas read all values. Of any other the last one counts. */
    readonly repeatable?: readonly string[];
    readonly body?: Body;
    /** Default: `bodyLimits`. */
    readonly bodyLimits?: BodyLimits;
    /** A missing body is read as an empty object. */
    readonly bodyOptional?: true;
  };
  /** Looked at before a wrong query or body is complained about: where the project is gone, that is the answer. */
  beforeRefusal?(path: Parsed<Path>): Promise<void>;
  handle(request: ParsedRequest<Path, Query, Body>): Promise<Reply>;
}

/** An endpoint: what it accepts, and what it does with that. `lambda` does the rest. */
export const defineEndpoint = <
  Path extends Schema = undefined,
  Query extends Schema = undefined,
  Body extends Schema = undefined,
>(
  endpoint: EndpointDefinition<Path, Query, Body>,
): EndpointDefinition<Path, Query, Body> => endpoint;
