/** Descriptions of a schema and its fields, for the OpenAPI document that lib/openapi builds. */
export interface Description {
  readonly description: string;
  /** By path, such as `models.image`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The format of texts in answers, which no schema checks. */
  readonly formats?: Readonly<Record<string, 'uuid' | 'date-time'>>;
}

const descriptions = new Map<object, () => Description>();

/**
 * Describes a schema where it is defined. A call that is marked `@__PURE__`, and whose result is not used, is dropped from the bundles, so it
 * costs no cold start: https://esbuild.github.io/api/#ignore-annotations
 */
export function annotate(schema: object, description: () => Description): void {
  descriptions.set(schema, description);
}

export const descriptionOf = (schema: object): Description | undefined => descriptions.get(schema)?.();
