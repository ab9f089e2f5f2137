/** A portrait of a persona that is still there: drawn for it, or uploaded and given to it first. */
export interface Portrait {
  /** Of the image. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly createdAt: string;
  /** The model that drew it, if it was drawn. */
  readonly model?: string | undefined;
  /** Whether the persona has it now. */
  readonly current: boolean;
}
