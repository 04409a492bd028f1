import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { FloatTensor } from "../graph/graph.ts";
import { type Engine, isLarge } from "../runtime/engine.ts";
import { SessionCache } from "../runtime/session-cache.ts";
import type { FlowField } from "./flow-field.ts";
import { flowGraph } from "./flow-graph.ts";

/** Both directions between two pictures. */
export interface OpticalFlow {
  /** First to second, on the pixels of the first. */
  readonly forward: FlowField;
  /** Second to first, on the pixels of the second. */
  readonly backward: FlowField;
  /** How far `backward` can be trusted: planar `[1, 1, height, width]`, 0..1. */
  readonly reliable: Float32Array;
}

/** Estimates optical flow on an engine; one compiled graph per picture size. */
export class FlowEstimator {
  readonly #engine: Engine;
  readonly #sessions = new SessionCache();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Flow between two frames of one size. Throws `SHAPE_MISMATCH` where the sizes differ. */
  async estimate(first: Frame, second: Frame): Promise<OpticalFlow> {
    const { height, width } = first;
    if (second.height !== height || second.width !== width) {
      throw new DreamError(
        "SHAPE_MISMATCH",
        `optical flow needs two pictures of one size, not ${width}×${height} and ${second.width}×${second.height}`,
        { hint: "Resize one of them first." },
      );
    }
    const session = await this.#sessions.get(`${height}x${width}`, () =>
      this.#engine.load(flowGraph(height, width), { lean: isLarge(height, width) }),
    );
    const result = await session.run({ first: tensor(first), second: tensor(second) });
    const data = (name: string): Float32Array => result[name]!.data as Float32Array;
    return {
      forward: { data: data("forward"), height, width },
      backward: { data: data("backward"), height, width },
      reliable: data("reliable"),
    };
  }

  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }
}

function tensor({ data, height, width }: Frame): FloatTensor {
  return { type: "float32", dims: [1, 3, height, width], data };
}
