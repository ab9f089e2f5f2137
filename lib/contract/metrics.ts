/** Metrics that only the functions can count, by name with their units as CloudWatch knows them. Data only, no imports. */
export const metrics = {
  /** Portraits that were drawn. */
  PortraitsDrawn: 'Count',
  /** Drawings that the provider refused for what was to be drawn: a prompt or a style reference. */
  PortraitsBlocked: 'Count',
  /** Drawings that the provider refused for the project's key, its credit or its model. */
  ProviderRefusals: 'Count',
  /** Drawings that failed at the provider: rate limits, faults and time-outs. */
  ProviderFailures: 'Count',
  /** How long the provider took, whatever came of it. */
  ProviderTime: 'Milliseconds',
  /** Drawings beyond a project's portraits of the day. */
  QuotaRefusals: 'Count',
  /** What the worker that follows deletions found left behind, and removed. */
  CleanUpFindings: 'Count',
  /** What the daily check found wrong with the data. */
  ReconcileFindings: 'Count',
} as const;

export type Metric = keyof typeof metrics;

/** Where a deployment's metrics lie. They have no dimensions: each value of one would be another metric to pay for. */
export const metricNamespace = (stage: string) => `PersonasApi/${stage}`;
