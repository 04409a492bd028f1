import type { Border, FeedbackMode } from "../choices.ts";
import { GraphBuilder } from "../graph/builder.ts";
import { type FloatTensor, floatTensor, type Graph } from "../graph/graph.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { sizeOf } from "../runtime/pictures.ts";
import type { Scope } from "../runtime/scope.ts";
import { type Homography, isIdentity } from "./motion.ts";
import type { FlowTensors } from "./optical-flow.ts";
import { gaussianBlur } from "./plane-ops.ts";
import {
  followFlow,
  insidePicture,
  type Movement,
  mapFeeds,
  movementOf,
  samplePositions,
  sampleSharply,
  sampleSmoothly,
} from "./warp.ts";

export interface FeedbackSettings {
  /** Share of the previous frame that is carried over, 0..1. */
  readonly amount: number;
  /** Carry the dreamed picture (`replace`), or only what the dream added to the source (`residual`). */
  readonly mode: FeedbackMode;
  /** With flow, start from the source where the flow is unreliable. */
  readonly occlusion: boolean;
  /** How the carried picture continues beyond its edges; with `source`, those pixels start from the source. */
  readonly border: Border;
  /** Factor by which faint fine detail is increased in each frame, ≥ 0. */
  readonly sharpen: number;
  /** Frames since the last output, default 1. */
  readonly frames?: number;
  /** Whether motion is in `flow` already: nothing stands still then. */
  readonly moved?: boolean;
}

/** Output and source of the previous frame, `[1, 3, H, W]`. */
export interface Carried {
  readonly output: DeviceTensor;
  readonly source: DeviceTensor;
}

/** Share of the residual that a still pixel loses in each frame, so that a still shot converges. */
const staticFade = 0.1;
/** Motion, px per frame, from which a pixel no longer counts as still. */
const stillPx = 0.5;
/** Gaussian sigma, px, below which detail counts as fine for sharpening. */
const sharpenSigma = 1;
/** Amplitude of detail, as a share of full range, above which sharpening fades out. */
const faintDetail = 0.03;

/** Carries the dream from frame to frame. Keeps one compiled graph per picture size and kind of feedback. */
export class Feedback {
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine) {
    this.#graphs = new PictureGraphs(engine);
  }

  /**
   * The picture `[1, 3, H, W]` that the dream of a frame starts from. Replace: `lerp(source, warp(last output), amount ×
   * reliable)`. Residual: `source + amount × reliable × warp(last output − last source)`, clamped to 0..1; the residual
   * fades on still pixels. Without `flow`, only `map` moves the picture, and all pixels are reliable. `grain`
   * `[1, 3, H, W]` is added at the end. If nothing changes, the result is `source` or the last output itself.
   * Source: DeepDreamAnim for the residual, without its burn-in; Ruder et al. 2016 for the reliability.
   */
  async carry(
    scope: Scope,
    last: Carried,
    source: DeviceTensor,
    map: Homography,
    { amount, mode, occlusion, border, sharpen, frames = 1, moved = false }: FeedbackSettings,
    flow?: FlowTensors,
    grain?: FloatTensor,
  ): Promise<DeviceTensor> {
    if (amount === 0) return source;
    const size = sizeOf(source);
    const moves = !isIdentity(map);
    const kind = {
      mode,
      movement: movementOf(map, moves),
      border,
      flow: flow !== undefined,
      occlusion: flow !== undefined && occlusion,
      mixes: amount < 1,
      sharpens: sharpen > 0,
      grain: grain !== undefined,
      frames,
      settles: mode === "residual" && !moves && !moved,
    };
    if (mode === "replace" && !moves && !flow && !kind.mixes && !kind.sharpens && !grain)
      return last.output;
    const session = await this.#graphs.get(size, JSON.stringify(kind), () =>
      carryGraph(size.height, size.width, kind),
    );
    const results = await session.run(scope, {
      output: last.output,
      source,
      amount: floatTensor([], [amount]),
      before: last.source,
      sharpen: floatTensor([], [sharpen]),
      ...(grain && { grain }),
      ...(moves ? mapFeeds(map, size.height, size.width) : {}),
      ...flow,
    });
    return results.start!;
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }
}

interface CarryKind {
  readonly mode: FeedbackSettings["mode"];
  readonly movement: Movement;
  readonly border: Border;
  readonly flow: boolean;
  readonly occlusion: boolean;
  /** Whether `amount` is less than 1. */
  readonly mixes: boolean;
  readonly sharpens: boolean;
  readonly grain: boolean;
  readonly frames: number;
  /** Whether the residual of what stands still fades. */
  readonly settles: boolean;
}

/** The graph of `Feedback.carry`, with the inputs that `kind` needs and the output `start`. */
function carryGraph(height: number, width: number, kind: CarryKind): Graph {
  const b = new GraphBuilder();
  const input = (name: string, channels: number): string =>
    b.input(name, [1, channels, height, width]);
  const residual = kind.mode === "residual";
  const output = input("output", 3);
  const backward = kind.flow ? input("backward", 2) : undefined;
  const moves = kind.movement !== "none";
  const here = moves || backward ? samplePositions(b, height, width, kind.movement) : undefined;
  /** Planes on the source's pixels, resampled at the positions of the map. */
  const placed = (planes: string): string => (moves ? sampleSmoothly(b, planes, here!) : planes);
  const shares: string[] = [];
  let carried = residual ? b.op("Sub", [output, input("before", 3)]) : output;
  if (here) {
    // Flow and motion share one resampling, which keeps the picture sharp.
    const at = backward ? followFlow(b, here, placed(backward), height, width) : here;
    const edges = { border: kind.border, height, width };
    carried = sampleSharply(b, carried, at, residual ? [-1, 1] : [0, 1], edges);
    if (kind.border === "source") shares.push(insidePicture(b, at, height, width));
  }
  if (kind.sharpens) carried = sharpened(b, carried);
  if (kind.mixes) shares.push(b.input("amount", []));
  if (kind.occlusion) shares.push(placed(input("reliable", 1)));
  if (kind.settles) shares.push(stillness(b, backward, kind.frames));
  const share = shares.reduce<string | undefined>(
    (product, next) => (product === undefined ? next : b.op("Mul", [product, next])),
    undefined,
  );
  const shared = (value: string): string =>
    share === undefined ? value : b.op("Mul", [value, share]);
  let start = carried;
  if (residual) {
    const sum = b.op("Add", [input("source", 3), shared(carried)]);
    start = b.op("Clip", [sum, b.scalar(0), b.scalar(1)]);
  } else if (share !== undefined) {
    const source = input("source", 3);
    start = b.op("Add", [source, shared(b.op("Sub", [carried, source]))]);
  }
  if (kind.grain) {
    const grained = b.op("Add", [start, input("grain", 3)]);
    start = b.op("Clip", [grained, b.scalar(0), b.scalar(1)]);
  }
  b.opNamed("Identity", [start], {}, "start").output("start", [1, 3, height, width]);
  return b.build();
}

/**
 * `picture` with its faint fine detail increased by the factor `sharpen`. Strong detail is not changed, so that it does
 * not grow from frame to frame.
 */
function sharpened(b: GraphBuilder, picture: string): string {
  const detail = b.op("Sub", [picture, gaussianBlur(b, picture, sharpenSigma, 3, "repeat")]);
  const square = b.op("Mul", [detail, detail]);
  const faint = b.op("Exp", [b.op("Mul", [square, b.scalar(-1 / faintDetail ** 2)])]);
  const more = b.op("Mul", [b.op("Mul", [detail, faint]), b.input("sharpen", [])]);
  return b.op("Add", [picture, more]);
}

/** What each pixel keeps of its residual over `frames` frames: less where nothing moves. */
function stillness(b: GraphBuilder, backward: string | undefined, frames: number): string {
  const fade = 1 - (1 - staticFade) ** frames;
  if (backward === undefined) return b.scalar(1 - fade);
  const square = b.op("ReduceSum", [b.op("Mul", [backward, backward]), b.ints(1)], { keepdims: 1 });
  const still = b.op("Exp", [b.op("Mul", [square, b.scalar(-1 / (stillPx * frames) ** 2)])]);
  return b.op("Sub", [b.scalar(1), b.op("Mul", [still, b.scalar(fade)])]);
}
