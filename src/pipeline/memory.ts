import { totalmem } from "node:os";
import type { Dreamer } from "../dream/dreamer.ts";
import { DreamError } from "../errors.ts";
import type { Size } from "../video/image.ts";
import { dreamSettings } from "./frame-step.ts";
import type { PlanOptions } from "./plan.ts";
import type { PreparedRender } from "./prepare.ts";

/** The program itself, measured. */
export const programBytes = 200e6;
/** Frames in flight, and those that optical flow takes beside them, in full-size frames of float32; measured. */
const [frames, flowFrames] = [12, 24];

/** Bytes a render takes at most, within about a fifth on the CPU. */
export function predictMemory(
  { plan, shots }: Pick<PreparedRender, "plan" | "shots">,
  { preview = false }: PlanOptions = {},
  { height, width }: Size = plan.size,
): number {
  // Shots of one network share what is compiled for it.
  const dreams = new Map<Dreamer, number>();
  for (const { plan: shotPlan, dreamer } of shots) {
    const tools = { dreamer, preview };
    const settings = dreamSettings(tools, shotPlan.shot, shotPlan.at(0), undefined);
    const own = dreamer.memoryFor(settings, height, width);
    dreams.set(dreamer, Math.max(own, dreams.get(dreamer) ?? 0));
  }
  const flows = shots.some(({ plan: { shot } }) => shot.feedback.warp === "flow");
  const picture = 12 * height * width;
  const dreaming = [...dreams.values()].reduce((a, b) => a + b, 0);
  return programBytes + dreaming + (frames + (flows ? flowFrames : 0)) * picture;
}

/** Throws `TOO_LARGE` where a render would take more memory than the machine has, with what would fit. */
export function checkMemory(
  prepared: Pick<PreparedRender, "plan" | "shots">,
  options: PlanOptions,
  available: number = totalmem(),
): void {
  const needed = predictMemory(prepared, options);
  if (needed <= available) return;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const { width, height } = prepared.plan.size;
  const half = (side: number, by: number): number => Math.max(2, 2 * Math.round(side / by / 2));
  let by = 1.25;
  while (by < 64) {
    const size = { width: half(width, by), height: half(height, by) };
    if (predictMemory(prepared, options, size) <= 0.9 * available) break;
    by *= 1.25;
  }
  const tiles = prepared.shots.some(({ plan: { shot } }) => shot.dream.tile === "off");
  throw new DreamError(
    "TOO_LARGE",
    `${width}x${height} would take about ${gigabytes(needed)} GB of memory; this machine has ${gigabytes(available)}`,
    {
      hint: `${tiles ? "Leave dream.tile: off out, or set" : "Set"} output.size to ${half(width, by)}x${half(height, by)} or less. --force tries all the same.`,
    },
  );
}
