import type { Engine, Feed } from "../../src/runtime/engine.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import type { Scope } from "../../src/runtime/scope.ts";

/**
 * The CPU engine with tensors as strict as a GPU's: each is counted until it is disposed, and cannot be used
 * afterwards. It detects leaks and early disposal without a GPU.
 */
export function countingEngine(): Engine & { readonly max: number } {
  const cpu = createOrtEngine("cpu");
  const open = new Set<Counted>();
  let max = 0;

  class Counted {
    readonly dims: readonly number[];
    readonly data: Float32Array;

    constructor(scope: Scope, dims: readonly number[], data: Float32Array) {
      this.dims = dims;
      this.data = data;
      open.add(this);
      max = Math.max(max, open.size);
      scope.own(this);
    }

    async read(): Promise<Float32Array> {
      if (!open.has(this)) throw new Error("read once disposed");
      return this.data.slice();
    }

    dispose(): void {
      open.delete(this);
      // Spoil the data for code that still uses it.
      this.data.fill(Number.NaN);
    }
  }

  const toHost = (feeds: Readonly<Record<string, Feed>>): Record<string, Feed> =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, feed]) => {
        if (!(feed instanceof Counted)) return [name, feed];
        if (!open.has(feed)) throw new Error(`${name} is fed once disposed`);
        return [name, { type: "float32" as const, dims: feed.dims, data: feed.data }];
      }),
    );
  return {
    name: "cpu",
    async load(graph, options) {
      const session = await cpu.load(graph, options);
      return { ...session, run: async (feeds) => session.run(toHost(feeds)) };
    },
    async loadOnDevice(graph, options) {
      const session = await cpu.load(graph, options);
      return {
        dispose: () => session.dispose(),
        async run(scope, feeds) {
          const results = await session.run(toHost(feeds));
          return Object.fromEntries(
            Object.entries(results).map(([name, { dims, data }]) => [
              name,
              new Counted(scope, dims, data as Float32Array),
            ]),
          );
        },
      };
    },
    upload: async (scope, dims, data) => new Counted(scope, dims, data.slice()),
    get openTensors() {
      return open.size;
    },
    get max() {
      return max;
    },
    dispose: () => cpu.dispose(),
  };
}
