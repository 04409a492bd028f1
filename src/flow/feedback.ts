import { type Frame, mixFrames } from "../frame.ts";
import { type Affine, isIdentity } from "./motion.ts";
import type { OpticalFlow } from "./optical-flow.ts";
import type { Warper } from "./warp.ts";

export interface FeedbackSettings {
  /** Share of what is carried, 0..1. */
  readonly amount: number;
  /** Carry the dreamed picture, or only what the dream added to the source. */
  readonly mode: "replace" | "residual";
  /** With flow: start from the source where it cannot be trusted. */
  readonly occlusion: boolean;
}

/** What the last frame left. */
export interface Carried {
  readonly output: Frame;
  readonly source: Frame;
}

/** Share of the residual that a pixel loses each frame while it stands still, so that a still shot settles. */
const staticFade = 0.1;
/** Motion, px a frame, at which a pixel no longer counts as still. */
const stillPx = 0.5;

/**
 * Where a frame starts from. Replace: `lerp(source, warp(last output), amount × reliable)`. Residual:
 * `source + amount × reliable × warp(last output − last source)`, clamped to 0..1; there the residual fades on
 * pixels that stand still. Without `flow` only `affine` moves, and everything is reliable.
 * Source: DeepDreamAnim for the residual, without its burn-in; Ruder et al. 2016 for the reliability.
 */
export async function carryOver(
  warper: Warper,
  last: Carried,
  source: Frame,
  affine: Affine,
  settings: FeedbackSettings,
  flow?: OpticalFlow,
): Promise<Frame> {
  const { amount, mode, occlusion } = settings;
  if (amount === 0) return source;
  const { height, width } = source;
  const moved = flow ? { backward: flow.backward } : {};
  const reliable =
    flow && occlusion ? await warper.warpPlane(flow.reliable, affine, height, width) : undefined;
  if (mode === "replace") {
    const carried = await warper.warp(last.output, affine, moved);
    return reliable
      ? mixReliable(source, carried, amount, reliable)
      : mixFrames(source, carried, amount);
  }
  const added = await warper.warp(difference(last.output, last.source), affine, {
    ...moved,
    range: [-1, 1],
  });
  const fade = isIdentity(affine) ? stillness(flow, height * width) : undefined;
  return addResidual(source, added, amount, reliable, fade);
}

function difference(a: Frame, b: Frame): Frame {
  return { ...a, data: a.data.map((v, i) => v - b.data[i]!) };
}

function mixReliable(source: Frame, carried: Frame, amount: number, reliable: Float32Array): Frame {
  const area = source.height * source.width;
  const data = new Float32Array(3 * area);
  for (let i = 0; i < data.length; i++) {
    const from = source.data[i]!;
    data[i] = from + (carried.data[i]! - from) * amount * reliable[i % area]!;
  }
  return { ...source, data };
}

function addResidual(
  source: Frame,
  added: Frame,
  amount: number,
  reliable: Float32Array | undefined,
  keep: Float32Array | undefined,
): Frame {
  const area = source.height * source.width;
  const data = new Float32Array(3 * area);
  for (let i = 0; i < data.length; i++) {
    const p = i % area;
    const share = amount * (reliable ? reliable[p]! : 1) * (keep ? keep[p]! : 1);
    data[i] = Math.min(1, Math.max(0, source.data[i]! + added.data[i]! * share));
  }
  return { ...source, data };
}

/** What each pixel keeps of its residual: less where nothing moves. */
function stillness(flow: OpticalFlow | undefined, area: number): Float32Array {
  const keep = new Float32Array(area).fill(1 - staticFade);
  if (!flow) return keep;
  const { data } = flow.backward;
  for (let i = 0; i < area; i++) {
    const squared = (data[i]! ** 2 + data[i + area]! ** 2) / stillPx ** 2;
    keep[i] = 1 - staticFade * Math.exp(-squared);
  }
  return keep;
}
