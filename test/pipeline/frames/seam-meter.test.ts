import { describe, expect, test } from "vitest";
import { createFrame, type Frame } from "../../../src/frame.ts";
import { SeamMeter } from "../../../src/pipeline/frames/seam-meter.ts";
import type { RenderPlan } from "../../../src/pipeline/plan/plan.ts";

/** Stretches of 40 frames with pre-rolls of 10, at 20 frames a second. */
function planOf(count: number): RenderPlan {
  const shots = Array.from({ length: count }, (_, i) => ({ start: 40 * i - 10, fade: 10 }));
  return { fps: { num: 20, den: 1 }, shots } as never;
}

/** A grey picture, of 255. */
function grey(value: number): Frame {
  const frame = createFrame(2, 3);
  frame.data.fill(value / 255);
  return frame;
}

describe("the seams of a split film", () => {
  test("are measured over the cross-fade, and against the change from frame to frame", () => {
    const meter = new SeamMeter(planOf(2));
    // The sides are 6, 8 and 8 apart; each changes by 2 a frame, but for one of 4.
    for (const [before, after] of [
      [100, 106],
      [102, 110],
      [104, 112],
    ] as const)
      meter.measure(1, grey(before), grey(after));
    const apart = Math.sqrt((36 + 64 + 64) / 3);
    const change = Math.sqrt((4 + 4 + 16 + 4) / 4);
    const [notice] = meter.notices();
    expect(notice).toContain(
      `by ${apart.toFixed(1)} of 255 (${(apart / change).toFixed(1)} times the change from one frame to the next) at 2.00 s`,
    );
  });

  test("are told widest first, and of many only some", () => {
    const meter = new SeamMeter(planOf(13));
    for (let i = 1; i <= 12; i++) meter.measure(i, grey(0), grey(i));
    const [notice] = meter.notices();
    expect(notice).toContain(
      "the widest 8 of 12) by 12.0 of 255 at 24.00 s, by 11.0 of 255 at 22.00 s,",
    );
    expect(notice).not.toContain("by 4.0 of 255");
  });

  test("without a frame mixed say nothing", () => {
    expect(new SeamMeter(planOf(3)).notices()).toEqual([]);
  });
});
