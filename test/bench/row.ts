/** A line of the table: what was measured, and beside what in the same run. */
export interface Row {
  readonly what: string;
  /** Beside what, in words. */
  readonly against?: string;
  /** Of both figures: `ms`, `kB` (1000 B), `MB`, `requests/s`, … */
  readonly unit: string;
  readonly value: number;
  /** What `against` measured; the ratio is the value over this. */
  readonly baseline?: number;
  /** The most that the ratio may be; where there is no baseline, the most that the value may be. */
  readonly goal?: number;
}

export interface Options {
  /** Fewer repeats, so that all measures together end within 3 minutes on two cores. */
  readonly quick: boolean;
}

/** What each measure, a module of this folder, exports as `measure`. */
export type Measure = (options: Options) => Promise<Row[]>;

/** What a goal is about: the ratio where there is one, else the value. */
export const outcome = ({ value, baseline }: Row): number => (baseline === undefined ? value : value / baseline);

export const isMissed = (row: Row): boolean => row.goal !== undefined && outcome(row) > row.goal;
