/** Frames as ranges, both ends included, in ascending order. */

export type Ranges = readonly (readonly [number, number])[];

/** `ranges` with one more frame. */
export function withFrame(ranges: Ranges, frame: number): Ranges {
  const joined: [number, number][] = [];
  for (const [from, to] of [...ranges, [frame, frame] as const].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}
