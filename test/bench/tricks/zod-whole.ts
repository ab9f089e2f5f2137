/** What zod/mini exports, by the names that it has there, with all of zod behind it. */
import type { ZodObject, ZodRawShape } from 'zod';

export * from 'zod';
export { gte as minimum, lte as maximum } from 'zod';

export const extend = (schema: ZodObject, shape: ZodRawShape) => schema.extend(shape);
