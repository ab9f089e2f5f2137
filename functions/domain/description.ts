/** What a schema and its fields mean: for the document of the API, which lib/openapi makes. */
export interface Description {
  readonly description: string;
  /** By their paths, such as `models.image`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The form of texts that are answered, which no schema checks. */
  readonly formats?: Readonly<Record<string, 'uuid' | 'date-time'>>;
}

const descriptions = new Map<object, () => Description>();

/**
 * Says what a schema means, where it is defined. Marked `@__PURE__`, since its result is not used, such a call is in no bundle, and a cold
 * start none the longer: https://esbuild.github.io/api/#ignore-annotations
 */
export function annotate(schema: object, description: () => Description): void {
  descriptions.set(schema, description);
}

export const descriptionOf = (schema: object): Description | undefined => descriptions.get(schema)?.();
