/** Parameters of OpenAI's images API that not all models accept (types of openai 7.57, November 2026). */
export interface ModelParameters {
  readonly quality?: 'medium';
  readonly output_format?: 'png';
  /** A hash that identifies the end user; the successor of `user`. */
  readonly safety_identifier?: string;
  /** Only without references: the edits endpoint does not accept it. */
  readonly moderation?: 'auto';
  readonly complexity?: 'low';
}

const known = { quality: 'medium', output_format: 'png', moderation: 'auto' } as const;

const families: readonly (readonly [RegExp, ModelParameters])[] = [
  // The default, high, is slower.
  [/^gpt-image-2\.6-/, { ...known, complexity: 'low' }],
  [/^gpt-image-/, known],
];

/** The parameters of a model beside prompt, count and size. An unknown model gets none. */
export function parametersFor(model: string, safetyIdentifier: string): ModelParameters {
  const parameters = families.find(([family]) => family.test(model))?.[1];
  return parameters ? { ...parameters, safety_identifier: safetyIdentifier } : {};
}
