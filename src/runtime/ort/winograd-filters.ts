/** Kernels that Winograd convolutions on the CPU share. */
import * as ort from "onnxruntime-node";
import type { FloatTensor } from "../../graph/graph.ts";
import { writeOnnx } from "../../graph/onnx/file.ts";
import { filterDims, filterGraph } from "../../graph/passes/winograd.ts";
import { startOrt } from "./start-ort.ts";

/**
 * Transformed kernels of an engine: each is computed once and read by the sessions of all picture sizes. They take four
 * times the memory of the kernels, and are released with them.
 */
export class WinogradFilters {
  #session: Promise<ort.InferenceSession> | undefined;
  readonly #known = new WeakMap<FloatTensor, Promise<ort.Tensor>>();

  /** `filterDims` of each kernel `[K, C, 3, 3]`, by the name of its input. */
  async of(
    kernels: ReadonlyMap<string, FloatTensor>,
  ): Promise<Readonly<Record<string, ort.Tensor>>> {
    const made = [...kernels].map(async ([name, kernel]) => [name, await this.#filtersOf(kernel)]);
    return Object.fromEntries(await Promise.all(made));
  }

  async dispose(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    await session?.release();
  }

  #filtersOf(kernel: FloatTensor): Promise<ort.Tensor> {
    const filters = this.#known.get(kernel) ?? this.#transform(kernel);
    this.#known.set(kernel, filters);
    return filters;
  }

  async #transform(kernel: FloatTensor): Promise<ort.Tensor> {
    // No arena: it would keep more memory than the results need.
    await startOrt();
    this.#session ??= ort.InferenceSession.create(writeOnnx(filterGraph()), {
      graphOptimizationLevel: "disabled",
      intraOpNumThreads: 1,
      enableCpuMemArena: false,
      logSeverityLevel: 4,
    });
    const session = await this.#session;
    const taps = new ort.Tensor("float32", kernel.data, [kernel.data.length / 9, 9]);
    const { filters } = await session.run({ taps });
    return new ort.Tensor("float32", filters!.data as Float32Array, [...filterDims(kernel)]);
  }
}
