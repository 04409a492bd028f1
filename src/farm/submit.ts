/** Puts a film into the farm. */
import { isDeepStrictEqual } from "node:util";
import type { Scene } from "../scene/scene.ts";
import { type Chain, chainsOf, secondsLeft } from "./estimate.ts";
import type { Farm } from "./open-farm.ts";
import { missingPieces, piecesOf } from "./pieces/pieces.ts";
import { tell } from "./queue/control.ts";
import { fillQueues, removePieces } from "./queue/fill.ts";
import { liveWorkers } from "./queue/live.ts";
import { canDo } from "./queue/names.ts";
import { settingsNotes } from "./queue/redis.ts";
import type { FarmFilm } from "./share/film.ts";
import { forgetFailures, rewriteFilm, writeRequest } from "./share/films.ts";
import { type SubmitOptions, submitFilm } from "./share/submit.ts";

export interface Submitted {
  readonly film: FarmFilm;
  /** Pieces as known now, and those with something to do. */
  readonly pieces: number;
  readonly missing: number;
  /** Whether the cuts of a clip are looked for, so that there will be other pieces. */
  readonly isSearched: boolean;
  readonly frames: number;
  /** What cannot be split. */
  readonly chains: readonly Chain[];
  /** If the workers that are there work on it alone and have been measured. */
  readonly secondsLeft?: number | undefined;
  /** Workers that can do its pieces. */
  readonly workers: number;
}

/**
 * Copy what the scenes name into the share and queue the pieces that are missing. The same film again goes on where it was,
 * even if it was paused, cancelled or stopped by failures, with the priority and tags that are given now. Throws the errors of `submitFilm`, `REDIS_UNAVAILABLE`.
 */
export async function submit(
  farm: Farm,
  scenes: readonly Scene[],
  options: SubmitOptions,
): Promise<Submitted> {
  const { share, redis, queues } = farm;
  for (const note of await settingsNotes(redis)) options.onNotice?.(note);
  const workers = await liveWorkers(redis);
  const measured = workers.flatMap(({ secondsPerMegapixel }) => secondsPerMegapixel ?? []);
  const given = await submitFilm(share, scenes, {
    ...options,
    secondsPerMegapixel: options.secondsPerMegapixel ?? median(measured),
  });
  const film = await rank(farm, given, options);
  await forgetFailures(share, film);
  await writeRequest(share, film, {});
  const missing = await fillQueues(queues, share, film);
  await tell(redis, { type: "film", film: film.id });
  const isSearched = missing.some(({ kind }) => kind === "cuts");
  const left = missing.reduce((sum, { frames }) => sum + frames, 0);
  return {
    film,
    pieces: (await piecesOf(share, film)).length,
    missing: missing.length,
    isSearched,
    frames: film.scenes.reduce((sum, { frames }) => sum + frames, 0),
    chains: chainsOf(film, missing, workers),
    secondsLeft: isSearched ? undefined : secondsLeft(film, missing, left, workers),
    workers: workers.filter((worker) => film.scenes.some((_, i) => canDo(worker, film, i))).length,
  };
}

/** The film with the priority and tags of `options`: if it had others, its pieces leave the queues where those have put them. */
async function rank(
  { share, queues }: Farm,
  film: FarmFilm,
  { priority = 0, tags = [], onNotice }: SubmitOptions,
): Promise<FarmFilm> {
  if (priority === film.priority && isDeepStrictEqual(tags, film.tags)) return film;
  await removePieces(queues, share, film, await missingPieces(share, film));
  const words = (one: Pick<FarmFilm, "priority" | "tags">): string =>
    `priority ${one.priority} and ${one.tags.length > 0 ? `tag ${one.tags.join(", ")}` : "no tag"}`;
  const ranked = { ...film, priority, tags: [...tags] };
  await rewriteFilm(share, ranked);
  onNotice?.(`the film is in the share; it had ${words(film)}, and has ${words(ranked)} now`);
  return ranked;
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
