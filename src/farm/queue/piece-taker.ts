/**
 * Takes pieces out of queues by hand, without BullMQ's own loop: one worker has several queues and a number of slots for all
 * of them. The process that takes must keep its event loop free, or the lock of a job is lost and the job runs twice.
 */
import { randomBytes } from "node:crypto";
import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { prefix } from "./names.ts";
import type { QueuePackages } from "./packages.ts";
import type { PieceJob } from "./piece-queues.ts";

export interface TakerOptions {
  /** Id of the worker. */
  readonly worker: string;
  /** Queues to take from. */
  readonly queues: readonly string[];
  /** Time after which the job of a killed worker is taken over, ms. */
  readonly lockMs: number;
  readonly onError: (error: Error) => void;
}

/** A piece that this process has taken. Its methods do nothing once the lock is lost. */
export interface TakenPiece extends PieceJob {
  /** Fires if the lock could not be renewed: another worker may have the piece. */
  readonly lost: AbortSignal;
  /** Take it out of the queue. */
  done(): Promise<void>;
  /** Put it back, to be taken after `delayMs`; with `first` before all other pieces. */
  handBack(delayMs: number, first?: boolean): Promise<void>;
}

export class PieceTaker {
  readonly #redis: Redis;
  readonly #options: TakerOptions;
  readonly #workers: ReadonlyMap<string, Worker<PieceJob>>;
  /** Begin of the locks' tokens: workers in containers may have the same id. */
  readonly #token: string;
  #count = 0;

  constructor(packages: QueuePackages, redis: Redis, options: TakerOptions) {
    this.#redis = redis;
    this.#options = options;
    this.#token = `${options.worker}-${randomBytes(6).toString("hex")}`;
    const { lockMs, queues, onError } = options;
    this.#workers = new Map(
      queues.map((name) => {
        const worker = new packages.bullmq.Worker<PieceJob>(name, null, {
          connection: redis,
          prefix,
          skipVersionCheck: true,
          autorun: false,
          lockDuration: lockMs,
          // Redis takes whole milliseconds.
          stalledInterval: Math.ceil(lockMs / 3),
          // A piece may meet any number of killed workers; rules of our own stop a film that fails.
          maxStalledCount: 1_000_000,
        });
        worker.on("error", onError);
        return [name, worker];
      }),
    );
  }

  /** Put the pieces of killed workers back from now on. */
  async start(): Promise<void> {
    for (const worker of this.#workers.values()) await worker.startStalledCheckTimer();
  }

  /** The most urgent piece of all queues; undefined if there is none. */
  async take(): Promise<TakenPiece | undefined> {
    for (const name of await this.#byUrgency()) {
      const token = `${this.#token}-${this.#count++}`;
      const job = await this.#workers.get(name)!.getNextJob(token, { block: false });
      if (job) return this.#hold(job, token);
    }
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.close(true)));
  }

  /** The queues, those with the most urgent piece first. Due pieces of the others come forward as they are asked. */
  async #byUrgency(): Promise<string[]> {
    const names = [...this.#workers.keys()];
    const pipeline = this.#redis.pipeline();
    for (const worker of this.#workers.values())
      pipeline.zrange(worker.toKey("prioritized"), "0", "0", "WITHSCORES");
    const found = (await pipeline.exec()) ?? [];
    const order = names.map((name, i) => {
      const [, score] = (found[i]?.[1] as string[] | undefined) ?? [];
      return { name, score: score === undefined ? Number.POSITIVE_INFINITY : Number(score) };
    });
    // Scores of one priority count up in each queue, so only the priority above them compares.
    const priority = (score: number): number => Math.floor(score / 2 ** 32);
    return order
      .sort((a, b) => compare(priority(a.score), priority(b.score)))
      .map(({ name }) => name);
  }

  #hold(job: Job<PieceJob>, token: string): TakenPiece {
    const { lockMs } = this.#options;
    const lost = new AbortController();
    let renewing = false;
    const renew = async (): Promise<void> => {
      if (renewing) return;
      renewing = true;
      try {
        // No answer is no refusal: the lease in the share goes on, and Redis may come back with the lock.
        if ((await job.extendLock(token, lockMs)) !== 1) lost.abort();
      } catch {
      } finally {
        renewing = false;
      }
    };
    const timer = setInterval(renew, lockMs / 4);
    const end = async (move: () => Promise<unknown>): Promise<void> => {
      clearInterval(timer);
      if (lost.signal.aborted) return;
      // What is lost meanwhile is with another worker, or comes back from the share.
      await move().catch(this.#options.onError);
    };
    return {
      ...job.data,
      lost: lost.signal,
      done: () => end(() => job.moveToCompleted(undefined, token, false)),
      handBack: (delayMs, first = false) =>
        end(async () => {
          if (first) await job.changePriority({ priority: 1 });
          if (delayMs > 0) await job.moveToDelayed(Date.now() + delayMs, token);
          else await job.moveToWait(token);
        }),
    };
  }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
