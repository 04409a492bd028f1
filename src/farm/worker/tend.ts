/**
 * Keeps the queues as full as the share says: of the workers of one version, one at a time looks after its films. Redis may
 * have forgotten the queues, and a worker may have ended between finishing a piece and adding the next. Another version may
 * split films otherwise.
 */
import { tell } from "../queue/control.ts";
import { fillQueues } from "../queue/fill.ts";
import { prefix } from "../queue/names.ts";
import { renewProof } from "../queue/same-share.ts";
import { listFilms } from "../share/films.ts";
import { tidyFilm } from "./tidy.ts";
import type { WorkerTools } from "./tools.ts";

const tenderSec = 15;
/** Looking takes at most a twentieth of the time. */
const restPerWork = 20;

type TenderTools = Pick<
  WorkerTools,
  "share" | "redis" | "queues" | "facts" | "self" | "paces" | "onEvent"
>;

export class Tender {
  readonly #tools: TenderTools;
  readonly #tenderKey: string;
  /** Absent in a Redis that has forgotten the queues. */
  readonly #filledKey: string;
  /** When each film is due; finished ones never are. */
  readonly #due = new Map<string, number>();

  constructor(tools: TenderTools) {
    this.#tools = tools;
    const { keysVersion, runtime } = tools.facts;
    const version = `${keysVersion}_${runtime}`;
    this.#tenderKey = `${prefix}:tender:${version}`;
    this.#filledKey = `${prefix}:filled:${version}`;
  }

  /** Look at the films that are due, if it is this worker's turn. */
  async tend(): Promise<void> {
    const { redis, self } = this.#tools;
    const forgotten = (await redis.get(this.#filledKey)) === null;
    if (forgotten) this.#due.clear();
    if (!(await this.#isTurn())) return;
    await renewProof(redis, this.#tools.share);
    const added = await this.#look();
    if (forgotten) await redis.set(this.#filledKey, self.id);
    if (added) await tell(redis, { type: "wake" });
  }

  async #isTurn(): Promise<boolean> {
    const { redis, self } = this.#tools;
    await redis.set(this.#tenderKey, self.id, "EX", tenderSec, "NX");
    if ((await redis.get(this.#tenderKey)) !== self.id) return false;
    await redis.expire(this.#tenderKey, tenderSec);
    return true;
  }

  async #look(): Promise<boolean> {
    const { share: folder, queues, facts, paces, onEvent } = this.#tools;
    const { tendMs } = paces;
    let added = false;
    for (const film of await listFilms(folder)) {
      if (film.keysVersion !== facts.keysVersion || film.runtime !== facts.runtime) continue;
      if ((this.#due.get(film.id) ?? 0) > performance.now()) continue;
      const began = performance.now();
      try {
        const missing = await fillQueues(queues, folder, film);
        if (missing.length > 0) added = true;
        await tidyFilm(folder, film, missing, paces);
        const took = performance.now() - began;
        const pause = missing.length > 0 ? Math.max(tendMs, restPerWork * took) : 10 * tendMs;
        this.#due.set(film.id, performance.now() + pause);
      } catch (error) {
        onEvent({ type: "note", message: `cannot look after ${film.id}: ${error}` });
        this.#due.set(film.id, performance.now() + tendMs);
      }
    }
    return added;
  }
}
