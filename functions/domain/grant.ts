import * as z from 'zod/mini';

/** What a key may do, in one project or in all. */
export const Grant = z.object({
  /** `*` for every project. */
  projectId: z.string(),
  access: z.enum(['read', 'write', 'admin']),
});
export type Grant = z.infer<typeof Grant>;

export const everything: Grant = { projectId: '*', access: 'admin' };
