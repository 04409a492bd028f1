import { totalmem } from "node:os";
import { maxBesideTiles } from "../../dream/ascent.ts";
import type { Dreamer } from "../../dream/dreamer.ts";
import type { DreamSettings } from "../../dream/settings.ts";
import { DreamError } from "../../errors.ts";
import type { SheetLayout } from "../../image/contact-sheet.ts";
import type { Size } from "../../image/image.ts";
import { animatedIn } from "../../scene/animated.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import { isOnePicture } from "../plan/plan.ts";
import type { PlanOptions } from "../plan/plan-shot.ts";
import type { PreparedRender, PreparedShot } from "../plan/prepare.ts";
import { parametersAt, type ShotPlan } from "../plan/shot-plan.ts";

/** The program itself, measured. */
export const programBytes = 140e6;
/** Extra memory for writing and storing several frames; measured. */
const writingBytes = 90e6;
/** Extra full-size float32 frames in memory for optical flow; measured. */
const flowFrames = 40;

/**
 * Full-size float32 frames in memory while one frame, of `pixels`, is rendered; measured. Fewer of the largest are in
 * memory with compiled graphs, because tiles are released before each step.
 */
function frameCount(pixels: number): number {
  return pixels > maxBesideTiles ? 6 : 11;
}

/** Options of a render that affect its memory. */
export interface MemoryOptions extends PlanOptions {
  /** A single frame, with none rendered before it. */
  readonly solo?: boolean;
  /** Whether a worker thread computes. */
  readonly worker?: boolean;
}

/** Predicted peak memory of a render, bytes, within about a fifth on the CPU. */
export function predictMemory(
  { plan, shots }: Pick<PreparedRender, "plan" | "shots">,
  { preview = false, solo = false, worker = false }: MemoryOptions = {},
  { height, width }: Size = plan.size,
): number {
  const dreams = new Map<Dreamer, DreamSettings[]>();
  for (const { plan: shotPlan, dreamer } of shots) {
    const different = differentSettings(shotPlan, { dreamer, preview });
    dreams.set(dreamer, [...(dreams.get(dreamer) ?? []), ...different]);
  }
  const flows = shots.some(({ plan: { shot } }) => shot.feedback.warp === "flow");
  const picture = 12 * height * width;
  const max = solo || isOnePicture(plan) ? 1 : undefined;
  let dreaming = 0;
  for (const [dreamer, different] of dreams) {
    // The frame of a still is not known yet: it may be any.
    const turns = solo ? different.map((settings) => [settings]) : [different];
    const needs = turns.map((turn) =>
      dreamer.needs.memoryFor(turn, height, width, { worker, max }),
    );
    dreaming += needs.reduce((a, b) => Math.max(a, b), 0);
  }
  const frames = frameCount(height * width);
  if (solo) return programBytes + dreaming + frames * picture;
  // The shots of a film are rendered one at a time.
  const seam = Math.max(...shots.map((shot) => seamBytes(shot, picture)));
  const cadence = Math.max(...shots.map((shot) => cadenceFrames(shot)));
  // A film has one frame more in memory than a picture; measured.
  const atOnce = (frames + 1 + (flows ? flowFrames : 0) + cadence) * picture;
  return programBytes + writingBytes + dreaming + seam + atOnce;
}

/** The settings of a shot's frames that affect memory, each distinct combination once. */
function differentSettings(
  plan: ShotPlan,
  tools: { readonly dreamer: Dreamer; readonly preview: boolean },
): readonly DreamSettings[] {
  const known = lookedAt.get(plan);
  if (known) return known;
  const settingsAt = (frame: number): DreamSettings =>
    dreamSettings(tools, plan.shot, parametersAt(plan, frame));
  const { dream, regions } = plan.shot;
  const changing = animatedIn([dream, regions]).some(({ value }) => typeof value === "object");
  const different = new Map<string, DreamSettings>();
  const { start, frames } = plan;
  for (let frame = start; frame < (changing ? frames : start + 1); frame++) {
    const settings = settingsAt(frame);
    const groups = tools.dreamer.activeGroups(settings);
    different.set(JSON.stringify([compiledIn(settings), groups]), settings);
  }
  const all = [...different.values()];
  lookedAt.set(plan, all);
  return all;
}

/** Cache: a plan may have many frames, and the prediction runs at several sizes. */
const lookedAt = new WeakMap<ShotPlan, readonly DreamSettings[]>();

/** The settings that are compiled into graphs; others may change without a new compilation. */
function compiledIn(settings: DreamSettings): readonly unknown[] {
  const { octaves, octaveScale, jitter, laplacian, smoothing, totalVariation, l2 } = settings;
  const whole = [octaves, jitter, laplacian].map(Math.round);
  // Iterations affect the smoothing width.
  const parts = [settings, ...(settings.regions ?? [])];
  const widths = smoothing > 0 && [smoothing, parts.map(({ iterations }) => iterations)];
  return [whole, octaveScale, widths, totalVariation > 0 || l2 > 0];
}

/** Frames in memory because others are carried between dreamed ones: sources, mixing, flows and paths. */
function cadenceFrames({
  plan: { cadence, shot },
  still,
}: Pick<PreparedShot, "plan" | "still">): number {
  if (cadence === 1) return 0;
  const perFrame = (still ? 0 : 1) + (!still && shot.feedback.warp === "flow" ? 3 : 0);
  return 10 + cadence * perFrame;
}

/**
 * Bytes that a loop keeps until its end: the frames dreamed before its first, and their moving inputs. `picture`:
 * bytes per frame.
 */
function seamBytes(
  { plan: { preRoll }, still, sides }: Pick<PreparedShot, "plan" | "still" | "sides">,
  picture: number,
): number {
  const moving = sides.filter((side) => !side.still);
  const inputs = moving.reduce((sum, { size }) => sum + 12 * size.height * size.width, 0);
  return preRoll * (picture + (still ? 0 : picture) + inputs);
}

/** Throws `TOO_LARGE`, with a size that fits, if a render needs more memory than the machine has. */
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
  const advice = `${tiles ? "Remove dream.tile: off, or set" : "Set"} output.size`;
  const named = ({ width, height }: Size): string => `${width}x${height}`;
  checkFits(
    named(size),
    (by) => predictMemory(prepared, options, scaled(by)),
    (by) => `${advice} to ${named(scaled(by))} or less (dream: --size).`,
    available,
  );
}

/**
 * Throws `TOO_LARGE`, with a size that fits, if an atlas needs more memory than the machine has: its tiles, each
 * rendered with `settings`, and its `sheet` or page.
 */
export function checkAtlasMemory(
  dreamer: Dreamer,
  settings: DreamSettings,
  { tile, width, height }: SheetLayout,
  html: boolean,
  available?: number,
): void {
  const scaled = (by: number): number => Math.floor(tile / by);
  // Every tile is kept as a PNG until the end; a sheet holds all of their pixels a second time.
  const pictures = (html ? 3 : 6) * width * height;
  checkFits(
    `an atlas with tiles of ${tile} px`,
    (by) => {
      const side = scaled(by);
      const pictureBytes = frameCount(side ** 2) * 12 * side ** 2;
      const dreaming = dreamer.needs.memoryFor([settings], side, side) + pictureBytes;
      return programBytes + dreaming + pictures / by ** 2;
    },
    (by) => `Set --tile to ${scaled(by)} or less${html ? "" : ", or make a page: .html"}.`,
    available,
  );
}

/**
 * Throws `TOO_LARGE` if `predict(1)` bytes exceed `available`; `hint` receives the factor for all sides at which it
 * fits.
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
    `${what} needs about ${gigabytes(needed)} GB of memory; this machine has ${gigabytes(available)} GB`,
    { hint: `${hint(by)} Use --force to start anyway.` },
  );
}
