/** Factor for the number of fuzz cases: `DREAMREEL_FUZZ=100` tests a hundred times as many, from another seed. */
const times = Math.max(1, Number(process.env.DREAMREEL_FUZZ) || 1);

/** Seeds of `count` cases times that factor. */
export function fuzzSeeds(count: number): number[] {
  const first = times > 1 ? Math.floor(Date.now() / 1000) : 0;
  return Array.from({ length: count * times }, (_, i) => first + i);
}

/** Time limit of a fuzz test, ms. */
export const fuzzTimeout: number = 60_000 * times;

/** Select one of `list` by a random number 0..1. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

/** CPU time of this process, ms, which does not depend on the load of the machine. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
