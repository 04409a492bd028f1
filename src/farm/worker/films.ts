/** The films that a worker has pieces of: their plans, and whether a person or a failure has stopped them. */
import { piecesOf } from "../pieces/pieces.ts";
import { Successors } from "../queue/ready.ts";
import type { FarmFilm, Piece } from "../share/film.ts";
import { isStopped, readFilm, readRecord, readRequest } from "../share/films.ts";
import type { Share } from "../share/share.ts";

/** Plans kept at once. */
const maxPlans = 20;

export interface OpenFilm {
  readonly film: FarmFilm;
  readonly successors: Successors;
}

export class Films {
  readonly #share: Share;
  readonly #open = new Map<string, OpenFilm>();
  /** Fire when a film stops; only of films with running pieces. */
  readonly #running = new Map<string, Set<AbortController>>();

  constructor(share: Share) {
    this.#share = share;
  }

  /** A piece with its film; undefined if there is none of this key now. */
  async find(id: string, key: string): Promise<{ open: OpenFilm; piece: Piece } | undefined> {
    const known = this.#open.get(id);
    const piece = known?.successors.get(key);
    if (known && piece) return { open: known, piece };
    const open = await this.renew(await readFilm(this.#share, id));
    const found = open.successors.get(key);
    return found && { open, piece: found };
  }

  /** Read the pieces of a film again: those of a clip are known once its cuts are. */
  async renew(film: FarmFilm): Promise<OpenFilm> {
    const isDone = async (key: string): Promise<boolean> =>
      (await readRecord(this.#share, film, key)).done !== undefined;
    const open = { film, successors: new Successors(await piecesOf(this.#share, film), isDone) };
    this.#open.delete(film.id);
    this.#open.set(film.id, open);
    const [oldest] = this.#open.keys();
    if (this.#open.size > maxPlans) this.#open.delete(oldest!);
    return open;
  }

  /** Read a film anew when it is next asked for: its priority and tags may be others now. */
  forget(id: string): void {
    this.#open.delete(id);
  }

  /** Run work with a signal that fires when the film stops. */
  async whileWanted<T>(film: FarmFilm, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const all = this.#running.get(film.id) ?? new Set();
    this.#running.set(film.id, all.add(controller));
    try {
      return await work(controller.signal);
    } finally {
      all.delete(controller);
      if (all.size === 0) this.#running.delete(film.id);
    }
  }

  /** Look whether a film with running pieces is stopped; without an id, whether any is. */
  async check(id?: string): Promise<void> {
    const ids = id === undefined ? [...this.#running.keys()] : [id];
    for (const one of ids) {
      const controllers = this.#running.get(one);
      if (!controllers) continue;
      // A share that does not answer stops nothing: the lease sees to that.
      const request = await readRequest(this.#share, { id: one }).catch(() => undefined);
      if (request && isStopped(request)) for (const controller of controllers) controller.abort();
    }
  }
}
