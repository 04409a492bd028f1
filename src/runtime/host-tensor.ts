/** Device tensors for engines whose tensors are arrays in the program's memory: nothing is copied, nothing counted. */
import type { Tensor } from "../graph/graph.ts";
import type { DeviceTensor, Engine, Feed } from "./engine.ts";

class HostTensor implements DeviceTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;

  constructor(dims: readonly number[], data: Float32Array) {
    this.dims = dims;
    this.data = data;
  }

  async read(): Promise<Float32Array> {
    return this.data;
  }

  /** Arrays are collected when nobody uses them any more. */
  dispose(): void {}
}

/** What an engine does with device tensors, by a `load` that takes and gives arrays. */
export function onHost(
  load: Engine["load"],
): Pick<Engine, "loadOnDevice" | "upload" | "openTensors"> {
  return {
    openTensors: 0,
    upload: async (_, dims, data) => new HostTensor(dims, data),
    async loadOnDevice(graph, options) {
      const session = await load(graph, options);
      return {
        async run(_, feeds) {
          const results = Object.entries(await session.run(feeds));
          return Object.fromEntries(
            results.map(([name, { dims, data }]) => [
              name,
              new HostTensor(dims, data as Float32Array),
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
