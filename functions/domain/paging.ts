import * as z from 'zod/mini';

const limit = 'limit must be a whole number from 1 to 1000';

/** Which part of a list a caller asks for. All of it without `limit`; from its beginning without `cursor`. */
export const Paging = z.object({
  /** Entries that are answered at most. */
  limit: z.optional(
    z.pipe(
      z.transform((text) => (/^\d{1,4}$/.test(String(text)) ? Number(text) : Number.NaN)),
      z.int(limit).check(z.minimum(1, limit), z.maximum(1000, limit)),
    ),
  ),
  /** Where the list goes on: from the `Link` of an answer. */
  cursor: z.optional(z.string()),
});
export type Paging = z.infer<typeof Paging>;

/** A part of a list. */
export interface Page<Entry, Query extends Paging> {
  readonly entries: readonly Entry[];
  /** Asks for the next part; undefined where this is the last one. */
  readonly next: Query | undefined;
}
