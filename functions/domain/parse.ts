import type { infer as Infer, ZodMiniType } from 'zod/mini';
import { type Detail, invalidRequest } from './refusal.ts';

/** Parses a value with its schema. Refuses with a detail for each field that does not match. */
export function parse<S extends ZodMiniType>(schema: S, value: unknown): Infer<S> {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw invalidRequest(error.issues.map(toDetail));
  return data;
}

type Issue = { readonly path: PropertyKey[]; readonly message: string; readonly issues?: readonly Issue[] };

/** For a wrong key of a record, the message is in the inner issues. */
const toDetail = ({ path, message, issues }: Issue): Detail => ({
  path: path.map(String).join('.'),
  message: issues?.[0]?.message ?? message,
});
