import type { Frame } from "../../frame.ts";
import { toNumber } from "../../video/rational.ts";
import type { RenderPlan } from "../plan/plan.ts";

/** How far the stretches of a split shot are apart where they cross-fade. */
interface Seam {
  /** Mean squares over the frames measured: between the two pictures, and from each to its next. */
  readonly apart: number[];
  readonly changes: number[];
  last: readonly [Frame, Frame];
}

/** Most seams that are told one by one; of more, the widest. */
const mostTold = 8;

/** Measures the seams of a split film from the pictures of both sides. */
export class SeamMeter {
  readonly #plan: RenderPlan;
  readonly #seams = new Map<number, Seam>();

  constructor(plan: RenderPlan) {
    this.#plan = plan;
  }

  /** Take both pictures of a frame in the cross-fade from the stretch before to stretch number `stretch`; frames in order. */
  readonly measure = (stretch: number, before: Frame, after: Frame): void => {
    const seam = this.#seams.get(stretch);
    const apart = meanSquare(before, after);
    if (seam) {
      seam.apart.push(apart);
      seam.changes.push(meanSquare(seam.last[0], before), meanSquare(seam.last[1], after));
      seam.last = [before, after];
    } else this.#seams.set(stretch, { apart: [apart], changes: [], last: [before, after] });
  };

  /**
   * What was measured: the root mean square of the difference of both sides over a cross-fade, of 255, and relative to the
   * change from one frame to the next. Frames that were in the cache are not measured.
   */
  notices(): string[] {
    const seams = [...this.#seams].map(([stretch, { apart, changes }]) => {
      const { start, fade } = this.#plan.shots[stretch]!;
      const seconds = (start + fade) / toNumber(this.#plan.fps);
      return { seconds, difference: rootMean(apart), change: rootMean(changes) };
    });
    if (seams.length === 0) return [];
    const told = seams.sort((a, b) => b.difference - a.difference).slice(0, mostTold);
    const parts = told.map(({ seconds, difference, change }, i) => {
      const than = i === 0 ? " the change from one frame to the next" : "";
      const times = change > 0 ? ` (${(difference / change).toFixed(1)} times${than})` : "";
      return `by ${difference.toFixed(1)} of 255${times} at ${seconds.toFixed(2)} s`;
    });
    const which =
      told.length < seams.length ? `; the widest ${told.length} of ${seams.length}` : "";
    return [
      `farm.split: the two sides of a seam differ (root mean square${which}) ${parts.join(", ")}`,
    ];
  }
}

function meanSquare({ data: a }: Frame, { data: b }: Frame): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum / a.length;
}

/** The root of a mean of squares, of 255. */
function rootMean(squares: readonly number[]): number {
  return 255 * Math.sqrt(squares.reduce((a, b) => a + b, 0) / Math.max(1, squares.length));
}
