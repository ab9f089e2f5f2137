/** A portrait of a persona that still exists: drawn for it, or uploaded and given to it first. */
export interface Portrait {
  /** The image's id. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  /** The model that drew it, if it was drawn. */
  readonly model?: string | undefined;
  /** Whether it is the persona's current portrait. */
  readonly current: boolean;
}
