/** How hard fuzz tests try: `DREAMREEL_FUZZ=100` takes a hundred times as many cases, from another seed. */
const times = Math.max(1, Number(process.env.DREAMREEL_FUZZ) || 1);

/** Seeds of `count` cases, or of many more. */
export function fuzzSeeds(count: number): number[] {
  const first = times > 1 ? Math.floor(Date.now() / 1000) : 0;
  return Array.from({ length: count * times }, (_, i) => first + i);
}

/** Milliseconds the tests may then take. */
export const fuzzTimeout: number = 60_000 * times;

/** One of several, by a number 0..1. */
export function pick<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!;
}

/** Milliseconds this process has computed: what it takes, whatever else the machine does. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
