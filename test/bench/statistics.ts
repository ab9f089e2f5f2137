/** The quantile of the numbers, from 0 to 1, interpolated. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  if (below === undefined || above === undefined) throw new Error('No numbers');
  return below + (above - below) * (at % 1);
}

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** The lower quartile, which a busy machine disturbs least. */
export const lowerQuartile = (numbers: readonly number[]): number => quantile(numbers, 0.25);

/**
 * Runs the contenders in turn for so many rounds, each round starting with another one, so that disturbances affect all of them. Returns all
 * results by contender.
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
