/** What zod/mini exports, by the names that it has there, with all of zod behind it. */
export * from 'zod';
export { gte as minimum } from 'zod';
