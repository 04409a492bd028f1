/** Looks at the farm again and again, for as long as the studio runs. */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Farm, type FarmPlace, withFarm } from "../farm/open-farm.ts";
import { cacheOf, readScene } from "../farm/pieces/scene-folder.ts";
import { type LiveWorker, liveWorkers } from "../farm/queue/live.ts";
import { readFilm } from "../farm/share/films.ts";
import { openShare, type Share } from "../farm/share/share.ts";
import { filmStatus } from "../farm/status.ts";
import { pauseAfterLook } from "../farm/wait.ts";
import { Bell } from "../farm/worker/bell.ts";
import { pieceWords } from "../farm/worker/piece-words.ts";
import { apiError } from "./answer.ts";
import type { FarmWorker } from "./api-farm.ts";
import type { FarmReport, FilmReport } from "./farm-calls.ts";

/** Pause before a farm that did not answer is asked again, ms. */
const awayMs = 2000;
/** Frames after which the speed of a piece is taken: the first includes the opening of the network. */
const leastFrames = 3;

export class FarmWatch {
  #films: readonly string[] = [];
  /** Names of finished frames that were told, by film. */
  readonly #told = new Map<string, Set<string>>();
  readonly #bell = new Bell();

  /** The films to report on. They are looked at at once. */
  follow(films: readonly string[]): void {
    if (films.join() === this.#films.join()) return;
    this.#films = films;
    for (const film of this.#told.keys()) if (!films.includes(film)) this.#told.delete(film);
    this.#bell.ring();
  }

  /** Report until `signal` fires. A farm that does not answer is told as such and asked again. */
  async run(
    place: FarmPlace,
    report: (report: FarmReport) => void,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      try {
        await withFarm(place, async (farm) => {
          while (!signal.aborted) {
            const began = performance.now();
            report(await this.#look(farm));
            // Other films to follow are looked at at once.
            await this.#bell.wait(pauseAfterLook(began), signal);
          }
        });
      } catch (error) {
        if (signal.aborted) return;
        report({ type: "away", error: apiError(error) });
        await wait(awayMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #look({ share, redis }: Farm): Promise<FarmReport> {
    // A share that is gone must not look like one without films.
    await openShare(share.path, { readOnly: true });
    const workers = (await liveWorkers(redis)).map(withRunning);
    const films: FilmReport[] = [];
    for (const film of this.#films) films.push(await this.#filmNow(share, film, workers));
    return { type: "ready", workers: workers.map(workerNow), films };
  }

  async #filmNow(share: Share, id: string, workers: readonly LiveWorker[]): Promise<FilmReport> {
    try {
      const film = await readFilm(share, id);
      const status = await filmStatus(share, film, workers);
      const { outline, names } = await readScene(share, film, 0);
      const cache = cacheOf(share, film, 0);
      const told = this.#told.get(id) ?? new Set();
      this.#told.set(id, told);
      const made: [number, string][] = [];
      for (const [index, name] of outline.names.entries())
        if (names.has(name) && !told.has(name)) {
          told.add(name);
          made.push([index, join(cache, name)]);
        }
      return { film: id, status, made };
    } catch (error) {
      return { film: id, error: apiError(error), made: [] };
    }
  }
}

/** With the speed at which a worker dreams its first piece of a film, which it measures when the piece is done. */
function withRunning(worker: LiveWorker): LiveWorker {
  const running = worker.pieces.flatMap(({ film, done, seconds }) =>
    done >= leastFrames ? [[film, seconds / done] as const] : [],
  );
  const secondsPerFrame = { ...Object.fromEntries(running), ...worker.secondsPerFrame };
  return { ...worker, secondsPerFrame };
}

function workerNow(worker: LiveWorker): FarmWorker {
  const { id, machine, engine, tags, jobs, state, why, secondsPerMegapixel, pieces } = worker;
  return {
    ...{ id, machine, engine, tags, jobs, state },
    ...(why === undefined ? {} : { why }),
    ...(secondsPerMegapixel === undefined ? {} : { secondsPerMegapixel }),
    pieces: pieces.map((piece) => ({
      ...{
        film: piece.film,
        words: pieceWords(piece, piece.scenes),
        done: piece.done,
        frames: piece.frames,
      },
      ...(piece.done > 0 ? { secondsPerFrame: piece.seconds / piece.done } : {}),
    })),
  };
}
