/** The value below which that share of the numbers lies, from 0 to 1, between two of them where it falls between. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new Error('No numbers');
  return below + (above - below) * (at % 1);
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** What a busy machine disturbs least. */
export const lowerQuartile = (numbers: readonly number[]): number => quantile(numbers, 0.25);

/**
 * Runs the contenders in turn, so many rounds, each round beginning with another one: what disturbs the machine disturbs all
 * of them alike. Answers what each of them returned.
 */
export async function interleaved<Name extends string>(
  rounds: number,
  contenders: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) results[name].push(await contenders[name]());
  }
  return results;
}
