import bezier from "bezier-easing";

/** How a value gets from one key to the next. `ease` computes it. */
export type Easing = {
  /** As written. */
  readonly name: string;
} & EasingCurve;

/** The curve of an easing: a share of the change by a share of the time, both 0..1. */
export type EasingCurve =
  | { readonly type: "linear" }
  /** The old value until the key's time. */
  | { readonly type: "hold" }
  /** The new value at once. */
  | { readonly type: "jump" }
  | { readonly type: "steps"; readonly count: number }
  /** x1, y1, x2, y2 of a cubic Bézier from 0, 0 to 1, 1. */
  | { readonly type: "bezier"; readonly points: readonly [number, number, number, number] };

/** By name. Source of the curves: CSS Easing Functions Level 1, section 2.2. */
const named: Readonly<Record<string, EasingCurve>> = {
  linear: { type: "linear" },
  hold: { type: "hold" },
  "step-start": { type: "jump" },
  "step-end": { type: "hold" },
  ease: { type: "bezier", points: [0.25, 0.1, 0.25, 1] },
  "ease-in": { type: "bezier", points: [0.42, 0, 1, 1] },
  "ease-out": { type: "bezier", points: [0, 0, 0.58, 1] },
  "ease-in-out": { type: "bezier", points: [0.42, 0, 0.58, 1] },
};

export const linear: Easing = { name: "linear", type: "linear" };

/** Names without numbers. */
export const easingWords: readonly string[] = Object.keys(named);
/** All names, for messages. */
export const easingNames = `${easingWords.join(", ")}, steps(n), cubic-bezier(x1, y1, x2, y2)`;

/** Parse `ease-in-out`, `hold`, `steps(4)` or `cubic-bezier(0.2, 0, 0, 1)`; undefined if `text` is none of them. */
export function parseEasing(text: string): Easing | undefined {
  const name = text.trim();
  if (Object.hasOwn(named, name)) return { name, ...named[name]! };
  const [, curve, list = ""] = /^(cubic-bezier|steps)\(([^()]*)\)$/.exec(name) ?? [];
  const values = list.split(",").map((value) => (value.trim() === "" ? Number.NaN : Number(value)));
  if (curve === undefined || !values.every(Number.isFinite)) return undefined;
  if (curve === "steps") {
    const [count] = values;
    if (values.length !== 1 || !Number.isInteger(count) || count! < 1) return undefined;
    return { name, type: "steps", count: count! };
  }
  const [x1, y1, x2, y2] = values as [number, number, number, number];
  if (values.length !== 4 || Math.min(x1, x2) < 0 || Math.max(x1, x2) > 1) return undefined;
  return { name, type: "bezier", points: [x1, y1, x2, y2] };
}

/** Curves as functions: their tables take longer to make than to read. */
const curves = new WeakMap<EasingCurve, (share: number) => number>();

/** The share of the change after a share of the time, 0..1. Béziers may overshoot. */
export function ease(easing: EasingCurve, share: number): number {
  switch (easing.type) {
    case "linear":
      return share;
    case "hold":
      return Number(share >= 1);
    case "jump":
      return 1;
    case "steps":
      return Math.floor(share * easing.count + 1e-9) / easing.count;
    case "bezier": {
      const curve = curves.get(easing) ?? bezier(...easing.points);
      curves.set(easing, curve);
      return curve(share);
    }
  }
}
