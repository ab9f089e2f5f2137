import type { infer as Infer, ZodMiniType } from 'zod/mini';
import { type Detail, invalidRequest } from './refusal.ts';

/** The value as its schema describes it. Refuses with every field that does not match. */
export function parse<S extends ZodMiniType>(schema: S, value: unknown): Infer<S> {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw invalidRequest(error.issues.map(toDetail));
  return data;
}

type Issue = { readonly path: PropertyKey[]; readonly message: string; readonly issues?: readonly Issue[] };

/** A wrong key of a record is complained about by the issues within. */
const toDetail = ({ path, message, issues }: Issue): Detail => ({
  path: path.map(String).join('.'),
  message: issues?.[0]?.message ?? message,
});
