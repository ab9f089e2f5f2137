import * as z from 'zod/mini';

const limit = 'limit must be a whole number from 1 to 1000';

/** Which page of a list to return: all of it without `limit`, from its start without `cursor`. */
export const Paging = z.object({
  /** Maximum number of entries. */
  limit: z.optional(
    z.pipe(
      z.transform((text) => (/^\d{1,4}$/.test(String(text)) ? Number(text) : Number.NaN)),
      z.int(limit).check(z.minimum(1, limit), z.maximum(1000, limit)),
    ),
  ),
  /** Where the page starts: from the `Link` of the page before. */
  cursor: z.optional(z.string()),
});
export type Paging = z.infer<typeof Paging>;

/** One page of a list. */
export interface Page<Entry, Query extends Paging> {
  readonly entries: readonly Entry[];
  /** The query for the next page; undefined on the last page. */
  readonly next: Query | undefined;
}
