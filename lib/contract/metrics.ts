/** The metrics that the functions write, with their CloudWatch units. Data only, no imports. */
export const metrics = {
  /** Drawn portraits. */
  PortraitsDrawn: 'Count',
  /** Drawings that the provider refused because of the prompt or a style reference. */
  PortraitsBlocked: 'Count',
  /** Drawings that the provider refused because of the project's key, credit or model. */
  ProviderRefusals: 'Count',
  /** Drawings that failed at the provider: rate limits, faults and timeouts. */
  ProviderFailures: 'Count',
  /** How long the provider took, successful or not. */
  ProviderTime: 'Milliseconds',
  /** Drawings refused by a project's daily quota. */
  QuotaRefusals: 'Count',
  /** What clean-up found left behind and removed. */
  CleanUpFindings: 'Count',
  /** Inconsistencies that the daily check found. */
  ReconcileFindings: 'Count',
} as const;

export type Metric = keyof typeof metrics;

/** The namespace of a deployment's metrics. They have no dimensions, since each value of a dimension costs as much as a metric. */
export const metricNamespace = (stage: string) => `PersonasApi/${stage}`;
