/** A row of the table: a measurement and its baseline in the same run. */
export interface Row {
  readonly what: string;
  /** The name of the baseline. */
  readonly against?: string;
  /** Of both figures: `ms`, `kB` (1000 B), `MB`, `requests/s`, … */
  readonly unit: string;
  readonly value: number;
  /** The measurement of `against`; the ratio is the value divided by it. */
  readonly baseline?: number;
  /** The maximum of the ratio, or of the value without a baseline. */
  readonly goal?: number;
}

export interface Options {
  /** Fewer repetitions: all measures end within 4 minutes on two cores. */
  readonly quick: boolean;
}

/** The function `measure` that each measure module exports. */
export type Measure = (options: Options) => Promise<Row[]>;

/** The number that a goal limits: the ratio, or the value without one. */
export const outcome = ({ value, baseline }: Row): number => (baseline === undefined ? value : value / baseline);

export const isMissed = (row: Row): boolean => row.goal !== undefined && outcome(row) > row.goal;
