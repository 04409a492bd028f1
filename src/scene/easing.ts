import bezier from "bezier-easing";

/** Maps a share of the time, 0..1, to a share of the change. */
export interface Easing {
  /** As written. */
  readonly name: string;
  at(share: number): number;
}

/** CSS names as cubic Béziers. Source: CSS Easing Functions Level 1, section 2.2. */
const curves: Readonly<Record<string, readonly [number, number, number, number]>> = {
  ease: [0.25, 0.1, 0.25, 1],
  "ease-in": [0.42, 0, 1, 1],
  "ease-out": [0, 0, 0.58, 1],
  "ease-in-out": [0.42, 0, 0.58, 1],
};

const simple: Readonly<Record<string, (share: number) => number>> = {
  linear: (share) => share,
  // Keeps the old value until the key's time.
  hold: (share) => Number(share >= 1),
  "step-start": () => 1,
  "step-end": (share) => Number(share >= 1),
};

/** Names without numbers. */
export const easingWords: readonly string[] = [...Object.keys(simple), ...Object.keys(curves)];
/** All names, for messages. */
export const easingNames = `${easingWords.join(", ")}, steps(n), cubic-bezier(x1, y1, x2, y2)`;

/** Parse `ease-in-out`, `hold`, `steps(4)` or `cubic-bezier(0.2, 0, 0, 1)`; undefined if `text` is none of them. */
export function parseEasing(text: string): Easing | undefined {
  const name = text.trim();
  if (Object.hasOwn(simple, name)) return { name, at: simple[name]! };
  if (Object.hasOwn(curves, name)) return { name, at: bezier(...curves[name]!) };
  const [, curve, list = ""] = /^(cubic-bezier|steps)\(([^()]*)\)$/.exec(name) ?? [];
  const values = list.split(",").map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
  if (curve === undefined || !values.every(Number.isFinite)) return undefined;
  if (curve === "steps") {
    const [count] = values;
    if (values.length !== 1 || !Number.isInteger(count) || count! < 1) return undefined;
    return { name, at: (share) => Math.floor(share * count! + 1e-9) / count! };
  }
  const [x1, y1, x2, y2] = values;
  if (values.length !== 4 || Math.min(x1!, x2!) < 0 || Math.max(x1!, x2!) > 1) return undefined;
  return { name, at: bezier(x1!, y1!, x2!, y2!) };
}
