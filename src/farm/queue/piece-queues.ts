/** Puts pieces into their queues. The job id is the piece's key, so that adding a piece again changes nothing. */
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { FarmFilm, Piece } from "../share/film.ts";
import { orderOf, prefix } from "./names.ts";
import type { QueuePackages } from "./packages.ts";

/** What a job carries. */
export interface PieceJob {
  /** Id of the film. */
  readonly film: string;
  readonly key: string;
}

const atOnce = 500;

export class PieceQueues {
  readonly #packages: QueuePackages;
  readonly #redis: Redis;
  readonly #open = new Map<string, Queue<PieceJob>>();

  constructor(packages: QueuePackages, redis: Redis) {
    this.#packages = packages;
    this.#redis = redis;
  }

  /** Add pieces to the queue `name`, except those that are in it. */
  async add(name: string, film: FarmFilm, pieces: readonly Piece[]): Promise<void> {
    const queue = this.#queue(name);
    for (let i = 0; i < pieces.length; i += atOnce)
      await queue.addBulk(
        pieces.slice(i, i + atOnce).map((piece) => ({
          name: piece.kind,
          data: { film: film.id, key: piece.key },
          opts: {
            jobId: piece.key,
            priority: orderOf(film, piece),
            removeOnComplete: true,
            removeOnFail: true,
          },
        })),
      );
  }

  /** Take pieces out of the queue `name`, except those that a worker holds. */
  async remove(name: string, keys: readonly string[]): Promise<void> {
    const queue = this.#queue(name);
    for (const key of keys) await queue.remove(key);
  }

  async close(): Promise<void> {
    for (const queue of this.#open.values()) await queue.close();
    this.#open.clear();
  }

  #queue(name: string): Queue<PieceJob> {
    const open = this.#open.get(name);
    if (open) return open;
    const queue = new this.#packages.bullmq.Queue<PieceJob>(name, {
      connection: this.#redis,
      prefix,
      skipVersionCheck: true,
    });
    // Failures reach the caller; without a listener they would end the process.
    queue.on("error", () => {});
    this.#open.set(name, queue);
    return queue;
  }
}
