import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import type { DeviceTensor } from "../runtime/device-tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import { PictureGraphs } from "../runtime/picture-graphs.ts";
import { sizeOf, uploadFrame } from "../runtime/pictures.ts";
import { type Scope, scoped } from "../runtime/scope.ts";
import type { FlowField } from "./flow-field.ts";
import { flowGraph } from "./flow-graph.ts";

/** The optical flow between two pictures, in both directions. */
export interface OpticalFlow {
  /** First to second, on the pixels of the first. */
  readonly forward: FlowField;
  /** Second to first, on the pixels of the second. */
  readonly backward: FlowField;
  /** Reliability of `backward`, planar `[1, 1, height, width]`, 0..1. */
  readonly reliable: Float32Array;
}

/** The part of `OpticalFlow` that feedback uses, on the device. */
export interface FlowTensors {
  readonly backward: DeviceTensor;
  readonly reliable: DeviceTensor;
}

/** Estimates optical flow on an engine. Keeps one compiled graph per picture size. */
export class FlowEstimator {
  readonly #engine: Engine;
  readonly #graphs: PictureGraphs;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#graphs = new PictureGraphs(engine);
  }

  /** Estimate the flow between two frames. Throws `SHAPE_MISMATCH` if their sizes differ. */
  async estimate(first: Frame, second: Frame): Promise<OpticalFlow> {
    const { height, width } = first;
    return scoped(async (scope) => {
      const [one, two] = [
        await uploadFrame(this.#engine, scope, first),
        await uploadFrame(this.#engine, scope, second),
      ];
      const { forward, backward, reliable } = await this.estimateOn(scope, one, two);
      return {
        forward: { data: await forward.read(), height, width },
        backward: { data: await backward.read(), height, width },
        reliable: await reliable.read(),
      };
    });
  }

  /** `estimate` for pictures `[1, 3, H, W]` on the device. The tensors belong to `scope`. */
  async estimateOn(
    scope: Scope,
    first: DeviceTensor,
    second: DeviceTensor,
  ): Promise<FlowTensors & { readonly forward: DeviceTensor }> {
    const [size, other] = [sizeOf(first), sizeOf(second)];
    const { height, width } = size;
    if (other.height !== height || other.width !== width) {
      throw new DreamError(
        "SHAPE_MISMATCH",
        `optical flow needs two pictures of one size, not ${width}×${height} and ${other.width}×${other.height}`,
        { hint: "Resize one of them first." },
      );
    }
    const session = await this.#graphs.get(size, "flow", () => flowGraph(height, width));
    const { forward, backward, reliable } = await session.run(scope, { first, second });
    return { forward: forward!, backward: backward!, reliable: reliable! };
  }

  async dispose(): Promise<void> {
    await this.#graphs.dispose();
  }
}
