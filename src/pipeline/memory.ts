import { totalmem } from "node:os";
import type { Dreamer } from "../dream/dreamer.ts";
import type { DreamSettings } from "../dream/settings.ts";
import { DreamError } from "../errors.ts";
import type { SheetLayout } from "../video/contact-sheet.ts";
import type { Size } from "../video/image.ts";
import { dreamSettings } from "./frame-step.ts";
import type { PlanOptions } from "./plan.ts";
import type { PreparedRender } from "./prepare.ts";

/** The program itself, measured. */
export const programBytes = 200e6;
/** What writing and keeping several frames takes beside it, measured. */
const writingBytes = 100e6;
/**
 * Frames in flight, those where there is but one frame, and those that optical flow takes beside them, in full-size frames
 * of float32; measured.
 */
const [frames, soloFrames, flowFrames] = [8, 6, 24];

/** How a render is made, as far as it takes memory. */
export interface MemoryOptions extends PlanOptions {
  /** One frame, and none dreamed before it. */
  readonly solo?: boolean;
}

/** Bytes a render takes at most, within about a fifth on the CPU. */
export function predictMemory(
  { plan, shots }: Pick<PreparedRender, "plan" | "shots">,
  { preview = false, solo = false }: MemoryOptions = {},
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
  if (solo) return programBytes + dreaming + soloFrames * picture;
  return programBytes + writingBytes + dreaming + (frames + (flows ? flowFrames : 0)) * picture;
}

/** Throws `TOO_LARGE` where a render would take more memory than the machine has, with what would fit. */
export function checkMemory(
  prepared: Pick<PreparedRender, "plan" | "shots">,
  options: MemoryOptions,
  available?: number,
): void {
  const { size } = prepared.plan;
  const even = (side: number, by: number): number => Math.max(2, 2 * Math.round(side / by / 2));
  const scaled = (by: number): Size =>
    by === 1 ? size : { width: even(size.width, by), height: even(size.height, by) };
  const tiles = prepared.shots.some(({ plan: { shot } }) => shot.dream.tile === "off");
  const advice = `${tiles ? "Leave dream.tile: off out, or set" : "Set"} output.size`;
  const named = ({ width, height }: Size): string => `${width}x${height}`;
  checkFits(
    named(size),
    (by) => predictMemory(prepared, options, scaled(by)),
    (by) => `${advice} to ${named(scaled(by))} or less (dream: --size).`,
    available,
  );
}

/**
 * Throws `TOO_LARGE` where the tiles of an atlas, each dreamed by `settings`, and its `sheet`, or its page, would take more
 * memory than the machine has, with what would fit.
 */
export function checkAtlasMemory(
  dreamer: Dreamer,
  settings: DreamSettings,
  { tile, width, height }: SheetLayout,
  html: boolean,
  available?: number,
): void {
  const scaled = (by: number): number => Math.floor(tile / by);
  // Every tile is kept as a PNG until the end; a sheet is all of their pixels once more.
  const pictures = (html ? 3 : 6) * width * height;
  checkFits(
    `an atlas with tiles of ${tile} px`,
    (by) => {
      const side = scaled(by);
      const dreaming = dreamer.memoryFor(settings, side, side) + soloFrames * 12 * side ** 2;
      return programBytes + dreaming + pictures / by ** 2;
    },
    (by) => `Set --tile to ${scaled(by)} or less${html ? "" : ", or make a page: .html"}.`,
    available,
  );
}

/**
 * Throws `TOO_LARGE` where `predict(1)` bytes are more than `available`; `hint` says what would fit: all sides that many times
 * smaller.
 */
function checkFits(
  what: string,
  predict: (by: number) => number,
  hint: (by: number) => string,
  available: number = totalmem(),
): void {
  const needed = predict(1);
  if (needed <= available) return;
  let by = 1.25;
  while (by < 64 && predict(by) > 0.9 * available) by *= 1.25;
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  throw new DreamError(
    "TOO_LARGE",
    `${what} would take about ${gigabytes(needed)} GB of memory; this machine has ${gigabytes(available)}`,
    { hint: `${hint(by)} --force tries all the same.` },
  );
}
