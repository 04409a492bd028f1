import { totalmem } from "node:os";
import { maxBesideTiles } from "../../dream/ascent.ts";
import type { Dreamer } from "../../dream/dreamer.ts";
import type { DreamSettings } from "../../dream/settings.ts";
import { DreamError } from "../../errors.ts";
import type { SheetLayout } from "../../image/contact-sheet.ts";
import type { Size } from "../../image/image.ts";
import { animatedIn } from "../../scene/animated.ts";
import { dreamSettings } from "../plan/frame-settings.ts";
import type { PlanOptions, ShotPlan } from "../plan/plan.ts";
import type { PreparedRender, PreparedShot } from "../plan/prepare.ts";

/** The program itself, measured. */
export const programBytes = 200e6;
/** What writing and keeping several frames takes beside it, measured. */
const writingBytes = 100e6;
/** Frames in flight, and those that optical flow takes beside them, in full-size frames of float32; measured. */
const [frames, flowFrames] = [8, 24];

/**
 * The same where there is but one frame, of `pixels`; measured. Of the largest, fewer are there beside what is compiled, as
 * tiles are put down before each step.
 */
function soloFrames(pixels: number): number {
  return pixels > maxBesideTiles ? 7 : 11;
}

/** How a render is made, as far as it takes memory. */
export interface MemoryOptions extends PlanOptions {
  /** One frame, and none dreamed before it. */
  readonly solo?: boolean;
}

/** Bytes a render takes at most, within about 15 % on the CPU. */
export function predictMemory(
  { plan, shots }: Pick<PreparedRender, "plan" | "shots">,
  { preview = false, solo = false }: MemoryOptions = {},
  { height, width }: Size = plan.size,
): number {
  const dreams = new Map<Dreamer, DreamSettings[]>();
  for (const { plan: shotPlan, dreamer } of shots) {
    const different = differentSettings(shotPlan, { dreamer, preview });
    dreams.set(dreamer, [...(dreams.get(dreamer) ?? []), ...different]);
  }
  const flows = shots.some(({ plan: { shot } }) => shot.feedback.warp === "flow");
  const picture = 12 * height * width;
  let dreaming = 0;
  for (const [dreamer, different] of dreams) {
    // Of one picture the frame is not known yet: it may be any.
    const turns = solo ? different.map((settings) => [settings]) : [different];
    const needs = turns.map((turn) => dreamer.memoryFor(turn, height, width));
    dreaming += needs.reduce((a, b) => Math.max(a, b), 0);
  }
  if (solo) return programBytes + dreaming + soloFrames(height * width) * picture;
  // Shots of a film are gone through one after the other.
  const seam = Math.max(...shots.map((shot) => seamBytes(shot, picture)));
  const atOnce = (frames + (flows ? flowFrames : 0)) * picture;
  return programBytes + writingBytes + dreaming + seam + atOnce;
}

/** What the frames of a shot are dreamed by, as far as it decides how much memory that takes: one for all that are alike. */
function differentSettings(
  plan: ShotPlan,
  tools: { readonly dreamer: Dreamer; readonly preview: boolean },
): readonly DreamSettings[] {
  const known = lookedAt.get(plan);
  if (known) return known;
  const settingsAt = (frame: number): DreamSettings =>
    dreamSettings(tools, plan.shot, plan.at(frame), undefined);
  const changing = animatedIn(plan.shot.dream).some(({ value }) => typeof value === "object");
  const different = new Map<string, DreamSettings>();
  for (let frame = 0; frame < (changing ? plan.frames : 1); frame++) {
    const settings = settingsAt(frame);
    different.set(JSON.stringify(compiledIn(settings)), settings);
  }
  const all = [...different.values()];
  lookedAt.set(plan, all);
  return all;
}

/** A plan may have very many frames, and what it takes is asked at several sizes. */
const lookedAt = new WeakMap<ShotPlan, readonly DreamSettings[]>();

/** What is compiled in of settings: the rest may change without anything being compiled anew. */
function compiledIn(settings: DreamSettings): readonly unknown[] {
  const { octaves, octaveScale, jitter, laplacian, smoothing, totalVariation, l2 } = settings;
  const whole = [octaves, jitter, laplacian].map(Math.round);
  // Iterations decide how wide smoothing gets.
  const widths = smoothing > 0 && [smoothing, settings.iterations];
  return [whole, octaveScale, widths, totalVariation > 0 || l2 > 0];
}

/**
 * What a loop keeps until its end: what it dreamed before its first frame, and what went into that of all that moves.
 * `picture`: bytes of a frame.
 */
function seamBytes(
  { plan: { preRoll }, still, sides }: Pick<PreparedShot, "plan" | "still" | "sides">,
  picture: number,
): number {
  const moving = sides.filter((side) => !side.still);
  const inputs = moving.reduce((sum, { size }) => sum + 12 * size.height * size.width, 0);
  return preRoll * (picture + (still ? 0 : picture) + inputs);
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
      const pictureBytes = soloFrames(side ** 2) * 12 * side ** 2;
      const dreaming = dreamer.memoryFor([settings], side, side) + pictureBytes;
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
