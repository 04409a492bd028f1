/**
 * Keeps the queues as full as the share says: one worker at a time looks after all films. Redis may have forgotten the queues,
 * and a worker may have ended between finishing a piece and adding the next.
 */
import { tell } from "../queue/control.ts";
import { fillQueues } from "../queue/fill.ts";
import { prefix } from "../queue/names.ts";
import { renewProof } from "../queue/same-share.ts";
import { listFilms } from "../share/films.ts";
import type { WorkerTools } from "./tools.ts";

const tenderKey = `${prefix}:tender`;
/** Absent in a Redis that has forgotten the queues. */
const filledKey = `${prefix}:filled`;
const tenderSec = 15;
/** Time between two looks at a film: at least this, and so much that looking takes a twentieth of the time. */
const leastMs = 30_000;
const restPerWork = 20;

export class Tender {
  readonly #tools: Pick<WorkerTools, "share" | "redis" | "queues" | "self" | "onEvent">;
  /** When each film is due; finished ones never are. */
  readonly #due = new Map<string, number>();

  constructor(tools: Pick<WorkerTools, "share" | "redis" | "queues" | "self" | "onEvent">) {
    this.#tools = tools;
  }

  /** Look at the films that are due, if it is this worker's turn. */
  async tend(): Promise<void> {
    const { redis, self } = this.#tools;
    const forgotten = (await redis.get(filledKey)) === null;
    if (forgotten) this.#due.clear();
    if (!(await this.#isTurn())) return;
    await renewProof(redis, this.#tools.share);
    const added = await this.#look();
    if (forgotten) await redis.set(filledKey, self.id);
    if (added) await tell(redis, { type: "wake" });
  }

  async #isTurn(): Promise<boolean> {
    const { redis, self } = this.#tools;
    await redis.set(tenderKey, self.id, "EX", tenderSec, "NX");
    if ((await redis.get(tenderKey)) !== self.id) return false;
    await redis.expire(tenderKey, tenderSec);
    return true;
  }

  async #look(): Promise<boolean> {
    const { share: folder, queues, onEvent } = this.#tools;
    let added = false;
    for (const film of await listFilms(folder)) {
      if ((this.#due.get(film.id) ?? 0) > performance.now()) continue;
      const began = performance.now();
      try {
        const missing = await fillQueues(queues, folder, film);
        if (missing.length > 0) added = true;
        const took = performance.now() - began;
        const pause = missing.length > 0 ? Math.max(leastMs, restPerWork * took) : 10 * leastMs;
        this.#due.set(film.id, performance.now() + pause);
      } catch (error) {
        onEvent({ type: "note", message: `cannot look after ${film.id}: ${error}` });
        this.#due.set(film.id, performance.now() + leastMs);
      }
    }
    return added;
  }
}
