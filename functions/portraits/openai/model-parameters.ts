/** Parameters of OpenAI's images API that not every model takes (types of openai 7.57; state of November 2026). */
export interface ModelParameters {
  readonly quality?: 'medium';
  readonly output_format?: 'png';
  /** Who draws, as a hash: it replaces `user`. */
  readonly safety_identifier?: string;
  /** Only without references: the edits endpoint does not take it. */
  readonly moderation?: 'auto';
  readonly complexity?: 'low';
}

const known = { quality: 'medium', output_format: 'png', moderation: 'auto' } as const;

const families: readonly (readonly [RegExp, ModelParameters])[] = [
  // The default complexity, high, is the slower one.
  [/^gpt-image-2\.6-/, { ...known, complexity: 'low' }],
  [/^gpt-image-/, known],
];

/** What to send to a model beside prompt, count and size. One that is not known gets only the portable parameters. */
export function parametersFor(model: string, safetyIdentifier: string): ModelParameters {
  const parameters = families.find(([family]) => family.test(model))?.[1];
  return parameters ? { ...parameters, safety_identifier: safetyIdentifier } : {};
}
