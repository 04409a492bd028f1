import { stepAreas } from "../../dream/octaves.ts";
import { dreamSettings } from "../../pipeline/plan/frame-settings.ts";
import type { PreparedRender, PreparedShot } from "../../pipeline/plan/prepare.ts";
import { parametersAt } from "../../pipeline/plan/shot-plan.ts";

/** Time that a piece should take, s: long beside its start, short enough to be done again. */
const pieceSec = 120;
/** A guess where nothing is measured: a step of the ascent over a megapixel, on a machine with four cores, s. */
const stepSec = 0.5;

/** Frames of the scene that one worker makes in about two minutes. `secondsPerMegapixel`: of a frame, if measured. */
export function framesOfPiece(
  { plan: { size, frames }, shots }: PreparedRender,
  {
    secondsPerMegapixel,
    preview = false,
  }: { readonly secondsPerMegapixel?: number; readonly preview?: boolean },
): number {
  const megapixels = (size.width * size.height) / 1e6;
  const guess = (shot: PreparedShot): number => {
    const { plan, dreamer } = shot;
    const settings = dreamSettings({ dreamer, preview }, plan.shot, parametersAt(plan, 0));
    const area = stepAreas(size.height, size.width, settings).reduce((a, b) => a + b, 0);
    return (stepSec * area) / 1e6 / plan.cadence;
  };
  const seconds =
    secondsPerMegapixel === undefined
      ? Math.max(...shots.map(guess))
      : secondsPerMegapixel * megapixels;
  return Math.max(1, Math.min(frames, Math.round(pieceSec / Math.max(seconds, 1e-3))));
}
