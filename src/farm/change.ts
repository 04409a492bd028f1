/** What a person may do with a film after it was submitted. */
import type { Farm } from "./open-farm.ts";
import { tell } from "./queue/control.ts";
import { fillQueues } from "./queue/fill.ts";
import type { FarmFilm, FilmRequest } from "./share/film.ts";
import { forgetFailures, readFilm, readRequest, writeRequest } from "./share/films.ts";

export const changes = ["pause", "resume", "cancel", "retry"] as const;
export type Change = (typeof changes)[number];

export interface Changed {
  readonly film: FarmFilm;
  readonly before: FilmRequest;
  /** Pieces with something to do; undefined where the film does not go on. */
  readonly missing?: number;
}

/**
 * Pause, resume, cancel or retry a film; a beginning of its id is enough. Workers stop its pieces within seconds. Throws
 * `FILM_NOT_FOUND`.
 */
export async function changeFilm(
  { share, redis, queues }: Farm,
  id: string,
  change: Change,
): Promise<Changed> {
  const film = await readFilm(share, id);
  const before = await readRequest(share, film);
  await writeRequest(share, film, after(before, change));
  if (change === "retry") {
    await forgetFailures(share, film);
    await tell(redis, { type: "forgive" });
  }
  const goesOn = change === "resume" || change === "retry";
  const missing = goesOn ? await fillQueues(queues, share, film) : undefined;
  await tell(redis, { type: "film", film: film.id });
  return { film, before, ...(missing ? { missing: missing.length } : {}) };
}

function after({ paused, cancelled, stopped }: FilmRequest, change: Change): FilmRequest {
  switch (change) {
    case "pause":
      return { paused: true, cancelled, stopped };
    case "resume":
      return { cancelled, stopped };
    case "cancel":
      return { paused, cancelled: true, stopped };
    case "retry":
      return {};
  }
}
