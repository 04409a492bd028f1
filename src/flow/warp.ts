import type { Frame } from "../frame.ts";
import { GraphBuilder } from "../graph/builder.ts";
import type { FloatTensor } from "../graph/graph.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import { type Affine, isIdentity } from "./motion.ts";

/** Moves frames: one bicubic resampling in float32, edges mirrored. */
export class Warper {
  readonly #engine: Engine;
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** `frame` with each pixel taken from where `affine` says. A map that moves nothing returns the frame itself. */
  async warp(frame: Frame, affine: Affine): Promise<Frame> {
    if (isIdentity(affine)) return frame;
    const { height, width } = frame;
    const session = await this.#session(height, width);
    const picture: FloatTensor = { type: "float32", dims: [1, 3, height, width], data: frame.data };
    const { warped } = await session.run({ picture, grid: sampleGrid(affine, height, width) });
    return { data: warped!.data as Float32Array, height, width };
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).dispose();
  }

  #session(height: number, width: number): Promise<Session> {
    const key = `${height}x${width}`;
    let session = this.#sessions.get(key);
    if (!session) {
      session = this.#engine.load(warpGraph(height, width));
      this.#sessions.set(key, session);
    }
    return session;
  }
}

function warpGraph(height: number, width: number): ReturnType<GraphBuilder["build"]> {
  const b = new GraphBuilder();
  const picture = b.input("picture", [1, 3, height, width]);
  const grid = b.input("grid", [1, height, width, 2]);
  const sampled = b.op("GridSample", [picture, grid], {
    mode: "bicubic",
    padding_mode: "reflection",
    align_corners: 0,
  });
  // Bicubic overshoots at edges; what leaves the range would grow from frame to frame.
  b.output(b.op("Clip", [sampled, b.scalar(0), b.scalar(1)], {}, "warped"), [1, 3, height, width]);
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
