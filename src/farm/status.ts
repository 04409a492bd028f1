/** How the films and workers of a farm are. */
import { secondsLeft } from "./estimate.ts";
import type { FilmWord } from "./film-state.ts";
import type { Farm } from "./open-farm.ts";
import { stateOf } from "./pieces/pieces.ts";
import { pinOf } from "./pieces/pins.ts";
import { type LiveWorker, liveWorkers } from "./queue/live.ts";
import { canDo } from "./queue/names.ts";
import type { FarmFilm, FilmState, Piece } from "./share/film.ts";
import { filmPath, listFilms, readFilm } from "./share/films.ts";
import type { Share } from "./share/share.ts";

export interface FilmStatus {
  readonly id: string;
  readonly state: FilmWord;
  readonly submitted: string;
  readonly by: string;
  readonly priority: number;
  readonly tags: readonly string[];
  /** Frames; they add up to `total`. */
  readonly frames: {
    readonly total: number;
    readonly done: number;
    readonly dreaming: number;
    readonly waiting: number;
    readonly failed: number;
  };
  /** Undefined while no worker has been measured, and for films that do not go on. */
  readonly secondsLeft?: number | undefined;
  /** Why nothing happens, if so. */
  readonly why?: string | undefined;
  /** Outputs in the share. */
  readonly outputs: readonly string[];
  readonly failures: readonly { readonly worker: string; readonly message: string }[];
}

export interface FarmStatus {
  readonly films: readonly FilmStatus[];
  readonly workers: readonly LiveWorker[];
}

/** All films, or the one whose id begins with `id`. Throws `FILM_NOT_FOUND`. */
export async function farmStatus({ share, redis }: Farm, id?: string): Promise<FarmStatus> {
  const workers = await liveWorkers(redis);
  const chosen = id === undefined ? await listFilms(share) : [await readFilm(share, id)];
  const films: FilmStatus[] = [];
  for (const film of chosen) films.push(await filmStatus(share, film, workers));
  return { films, workers };
}

/** How one film is. */
export async function filmStatus(
  share: Share,
  film: FarmFilm,
  workers: readonly LiveWorker[],
): Promise<FilmStatus> {
  const state = await stateOf(share, film);
  const running = workers.flatMap(({ pieces }) => pieces.filter((one) => one.film === film.id));
  const frames = countFrames(state, running);
  const word = wordFor(state, running.length > 0);
  const goesOn = word === "waiting" || word === "dreaming" || word === "writing";
  const left = goesOn
    ? secondsLeft(film, state.missing, frames.total - frames.done, workers)
    : undefined;
  return {
    id: film.id,
    state: word,
    submitted: film.submitted,
    by: film.by,
    priority: film.priority,
    tags: film.tags,
    frames,
    secondsLeft: left,
    why: word === "waiting" ? await whyWaiting(share, film, state.missing, workers) : undefined,
    outputs: film.scenes.map(({ output }) => filmPath(share, film, output)),
    failures: state.failures.map(({ worker, message }) => ({ worker, message })),
  };
}

function wordFor({ finished, request, frames }: FilmState, isRunning: boolean): FilmWord {
  if (finished) return "finished";
  if (request.cancelled) return "cancelled";
  if (request.stopped !== undefined) return "failed";
  if (request.paused) return "paused";
  if (!isRunning) return "waiting";
  return frames.missing === 0 ? "writing" : "dreaming";
}

function countFrames(
  { frames: { total, done }, missing, failures }: FilmState,
  running: readonly { readonly key: string; readonly frames: number; readonly done: number }[],
): FilmStatus["frames"] {
  const rest = total - done;
  const dreaming = Math.min(
    rest,
    running.reduce((sum, piece) => sum + Math.max(0, piece.frames - piece.done), 0),
  );
  const keys = new Set(failures.map(({ key }) => key));
  for (const { key } of running) keys.delete(key);
  const failed = Math.min(
    rest - dreaming,
    missing.reduce((sum, { key, frames }) => sum + (keys.has(key) ? frames : 0), 0),
  );
  return { total, done, dreaming, failed, waiting: rest - dreaming - failed };
}

/** Why nobody works on a film. */
async function whyWaiting(
  share: Share,
  film: FarmFilm,
  missing: readonly Piece[],
  workers: readonly LiveWorker[],
): Promise<string | undefined> {
  if (workers.length === 0) return 'no worker runs; start one with "dreamreel farm worker"';
  const aside = workers.filter(({ state }) => state === "set aside").length;
  if (aside === workers.length)
    return 'all workers are set aside; "dreamreel farm workers" says why';
  const scene = missing[0]?.scene ?? 0;
  const { engine } = film.scenes[scene]!;
  const fitting = workers.filter((worker) => canDo(worker, film, scene));
  if (fitting.length === 0) {
    const lacking = film.tags.filter((tag) => !workers.some(({ tags }) => tags.includes(tag)));
    if (lacking.length > 0) return `no worker has the tag ${lacking.join(", ")}`;
    if (!workers.some((worker) => worker.engine === engine))
      return `no worker has the engine ${engine}`;
    return `no worker fits it: it needs engine ${engine}, dreamreel ${film.version} and onnxruntime ${film.runtime}`;
  }
  const chain = missing.find(
    (piece) => piece.chain !== undefined && piece.after.length === 0,
  )?.chain;
  const pinned = chain === undefined ? undefined : await pinOf(share, film, chain);
  if (pinned !== undefined && !fitting.some(({ fingerprint }) => fingerprint === pinned))
    return `it feeds back and was begun on a machine of another kind (${pinned}), which is not here`;
  return fitting.every(({ pieces, jobs }) => pieces.length >= jobs)
    ? "the workers are busy with other films"
    : undefined;
}
