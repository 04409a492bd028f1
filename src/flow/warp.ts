import type { Frame } from "../frame.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { FloatTensor, Graph } from "../graph/graph.ts";
import { type Engine, isLarge, type Session } from "../runtime/engine.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import type { FlowField } from "./flow-field.ts";
import { type Affine, isIdentity } from "./motion.ts";
import { gridStep } from "./plane-ops.ts";

export interface WarpOptions {
  /** Flow from the new picture back to `frame`, followed before the motion, in the same resampling. */
  readonly backward?: FlowField;
  /** What results are clamped to. Default 0..1: what bicubic overshoots would grow from frame to frame. */
  readonly range?: readonly [number, number];
}

/** Moves frames: one bicubic resampling in float32, edges mirrored. */
export class Warper {
  readonly #engine: Engine;
  readonly #sessions = new SessionCache();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * `frame` with each pixel `p` taken from `q + backward(q)`, where `q = affine(p)`. What moves nothing returns the
   * frame itself.
   */
  async warp(frame: Frame, affine: Affine, options: WarpOptions = {}): Promise<Frame> {
    const { backward, range = [0, 1] } = options;
    if (isIdentity(affine) && !backward) return frame;
    const { height, width } = frame;
    const session = await this.#session(height, width, backward ? "flow" : "motion", () =>
      warpGraph(height, width, !!backward),
    );
    const { warped } = await session.run({
      picture: planes(frame.data, 3, height, width),
      grid: sampleGrid(affine, height, width),
      low: { type: "float32", dims: [], data: Float32Array.of(range[0]) },
      high: { type: "float32", dims: [], data: Float32Array.of(range[1]) },
      ...(backward ? { backward: planes(backward.data, 2, height, width) } : {}),
    });
    return { data: warped!.data as Float32Array, height, width };
  }

  /** One plane `[1, 1, height, width]` moved by `affine`, bilinear, edges repeated. */
  async warpPlane(
    plane: Float32Array,
    affine: Affine,
    height: number,
    width: number,
  ): Promise<Float32Array> {
    if (isIdentity(affine)) return plane;
    const session = await this.#session(height, width, "plane", () => planeGraph(height, width));
    const { warped } = await session.run({
      plane: planes(plane, 1, height, width),
      grid: sampleGrid(affine, height, width),
    });
    return warped!.data as Float32Array;
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }

  #session(height: number, width: number, kind: string, make: () => Graph): Promise<Session> {
    const key = `${height}x${width} ${kind}`;
    return this.#sessions.get(key, () =>
      this.#engine.load(make(), { lean: isLarge(height, width) }),
    );
  }
}

function planes(data: Float32Array, count: number, height: number, width: number): FloatTensor {
  return { type: "float32", dims: [1, count, height, width], data };
}

function warpGraph(height: number, width: number, withFlow: boolean): Graph {
  const b = new GraphBuilder();
  const picture = b.input("picture", [1, 3, height, width]);
  const [low, high] = [b.input("low", []), b.input("high", [])];
  let at = b.input("grid", [1, height, width, 2]);
  if (withFlow) {
    const backward = b.input("backward", [1, 2, height, width]);
    const here = b.op("GridSample", [backward, at], {
      mode: "bilinear",
      padding_mode: "border",
      align_corners: 0,
    });
    at = b.op("Add", [at, gridStep(b, here, height, width)]);
  }
  const sampled = b.op("GridSample", [picture, at], {
    mode: "bicubic",
    padding_mode: "reflection",
    align_corners: 0,
  });
  b.output(b.op("Clip", [sampled, low, high], {}, "warped"), [1, 3, height, width]);
  return b.build();
}

function planeGraph(height: number, width: number): Graph {
  const b = new GraphBuilder();
  const plane = b.input("plane", [1, 1, height, width]);
  const grid = b.input("grid", [1, height, width, 2]);
  const attributes = { mode: "bilinear", padding_mode: "border", align_corners: 0 };
  b.output(b.op("GridSample", [plane, grid], attributes, "warped"), [1, 1, height, width]);
  return b.build();
}

/** Sampling positions `[1, H, W, 2]` in −1..1 from pixel edge to pixel edge, x then y. */
function sampleGrid([a, b, c, d, e, f]: Affine, height: number, width: number): FloatTensor {
  const data = new Float32Array(2 * height * width);
  let i = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[i++] = (2 * (a * x + b * y + c) + 1) / width - 1;
      data[i++] = (2 * (d * x + e * y + f) + 1) / height - 1;
    }
  }
  return { type: "float32", dims: [1, height, width, 2], data };
}
