import { availableParallelism, totalmem } from "node:os";
import PQueue from "p-queue";
import type { CpuOptions } from "../../runtime/engine.ts";
import { programBytes } from "../forecast/memory.ts";

/** Schedules renders, and the shots of one render, that run in parallel and share the machine's cores and memory. */
export class Scheduler {
  /** Most tasks that run at once. */
  readonly maxAtOnce: number;
  /** CPU options of each task. */
  readonly cpu: CpuOptions;
  readonly #memory: number;
  readonly #queue: PQueue;
  #taken = 0;

  /**
   * Runs at most `wanted` of `pieces` at once, and no more than `threads`, the total number of threads; the default
   * is the number of cores. `memory` is the memory available to them, besides the program's own, bytes.
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

  /** How many of `pieces`, each with `bytes` of memory, fit at once; at least one. */
  atOnce(bytes: number, pieces: number): number {
    return Math.max(1, Math.min(this.maxAtOnce, pieces, Math.floor(this.#memory / bytes)));
  }

  /**
   * Run `work`, which needs `bytes` of memory, when its turn comes and the memory beside the running tasks suffices;
   * a task alone always runs. `urgent` tasks take priority over waiting ones.
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
