import { availableParallelism, totalmem } from "node:os";
import PQueue from "p-queue";
import type { CpuOptions } from "../../runtime/engine.ts";
import { programBytes } from "../forecast/memory.ts";

/** Renders, and shots of one, that go on at once: they share the cores and the memory of the machine. */
export class Scheduler {
  /** How many compute at once at most. */
  readonly maxAtOnce: number;
  /** How each of them computes on the CPU. */
  readonly cpu: CpuOptions;
  readonly #memory: number;
  readonly #queue: PQueue;
  #taken = 0;

  /**
   * At most `wanted` of `pieces` at once, and no more than there are threads: `threads` of all together, by default as
   * many as there are cores. `memory` is what there is for them beside the program, bytes.
   */
  constructor(
    wanted: number,
    pieces: number,
    { threads = availableParallelism(), worker = false }: CpuOptions = {},
    memory: number = totalmem() - programBytes,
  ) {
    this.maxAtOnce = Math.max(1, Math.min(wanted, pieces, threads));
    this.cpu = {
      threads: Math.floor(threads / this.maxAtOnce),
      worker: worker || this.maxAtOnce > 1,
    };
    this.#memory = memory;
    this.#queue = new PQueue({ concurrency: this.maxAtOnce });
  }

  /** How many of `pieces` that take `bytes` each have room at once; at least one. */
  atOnce(bytes: number, pieces: number): number {
    return Math.max(1, Math.min(this.maxAtOnce, pieces, Math.floor(this.#memory / bytes)));
  }

  /**
   * Do `work`, which takes `bytes` of memory, once it is its turn and there is room beside what is going on; alone it has
   * room in any case. What is `urgent` goes before what waits.
   */
  run<T>(bytes: number, work: () => Promise<T>, urgent = false): Promise<T> {
    return this.#queue.add(
      async () => {
        while (this.#taken > 0 && this.#taken + bytes > this.#memory)
          await new Promise<void>((resolve) => void this.#queue.once("next", resolve));
        this.#taken += bytes;
        try {
          return await work();
        } finally {
          this.#taken -= bytes;
        }
      },
      { priority: urgent ? 1 : 0 },
    );
  }
}
