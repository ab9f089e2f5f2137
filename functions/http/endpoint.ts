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
  /** From `If-Match` and `If-None-Match`. */
  readonly precondition: Precondition;
  readonly caller: Grant;
  /** Only for a POST with an Idempotency-Key. */
  readonly idempotent: IdempotentRequest | undefined;
  /** For the log. */
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
    /** Query parameters that may be repeated: their schemas get all values. Of other parameters, only the last value counts. */
    readonly repeatable?: readonly string[];
    readonly body?: Body;
    /** Default: `bodyLimits`. */
    readonly bodyLimits?: BodyLimits;
    /** A missing body is read as an empty object. */
    readonly bodyOptional?: true;
  };
  /** Called before an invalid query or body is refused: if the project does not exist, that is the answer. */
  beforeRefusal?(path: Parsed<Path>): Promise<void>;
  handle(request: ParsedRequest<Path, Query, Body>): Promise<Reply>;
}

/** Defines an endpoint: what it accepts and what it does. `lambda` turns it into a handler. */
export const defineEndpoint = <
  Path extends Schema = undefined,
  Query extends Schema = undefined,
  Body extends Schema = undefined,
>(
  endpoint: EndpointDefinition<Path, Query, Body>,
): EndpointDefinition<Path, Query, Body> => endpoint;
