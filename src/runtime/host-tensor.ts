/** Device tensors for engines that keep tensors in the program's memory: nothing is copied or counted. */
import { DreamError } from "../errors.ts";
import type { Tensor } from "../graph/graph.ts";
import type { DeviceTensor } from "./device-tensor.ts";
import type { Engine, Feed } from "./engine.ts";

class HostTensor implements DeviceTensor {
  readonly dims: readonly number[];
  #data: Float32Array | undefined;

  constructor(dims: readonly number[], data: Float32Array) {
    this.dims = dims;
    this.#data = data;
  }

  /** Throws `INTERNAL` after disposal, as access on a device would fail. */
  get data(): Float32Array {
    if (this.#data) return this.#data;
    throw new DreamError("INTERNAL", `a tensor [${this.dims.join(", ")}] is used after disposal`);
  }

  async read(): Promise<Float32Array> {
    return this.data;
  }

  /** Release the array; it is collected when there is no other reference. */
  dispose(): void {
    this.#data = undefined;
  }
}

/** The device-tensor methods of an engine, built on a `load` that takes and returns arrays. */
export function onHost(
  load: Engine["load"],
): Pick<Engine, "loadOnDevice" | "upload" | "openTensors"> {
  return {
    openTensors: 0,
    upload: async (scope, dims, data) => scope.own(new HostTensor(dims, data)),
    async loadOnDevice(graph, options) {
      const session = await load(graph, options);
      return {
        async run(scope, feeds) {
          const results = Object.entries(await session.run(feeds));
          return Object.fromEntries(
            results.map(([name, { dims, data }]) => [
              name,
              scope.own(new HostTensor(dims, data as Float32Array)),
            ]),
          );
        },
        dispose: () => session.dispose(),
      };
    },
  };
}

/** A feed as an array in the program's memory. */
export function toHost(feed: Feed): Tensor {
  if (!(feed instanceof HostTensor)) return feed as Tensor;
  return { type: "float32", dims: feed.dims, data: feed.data };
}
