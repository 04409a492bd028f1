/** What a person may do with a film after it was submitted. */

import type { Farm } from "./open-farm.ts";
import { missingPieces } from "./pieces/pieces.ts";
import { pinOf } from "./pieces/pins.ts";
import { releaseChain } from "./pieces/release-chain.ts";
import { tell } from "./queue/control.ts";
import { fillQueues, removePieces } from "./queue/fill.ts";
import { type LiveWorker, liveWorkers } from "./queue/live.ts";
import { canDo } from "./queue/names.ts";
import type { FarmFilm, FilmRequest, Piece } from "./share/film.ts";
import { forgetFailures, readFilm, readRequest, writeRequest } from "./share/films.ts";

export const changes = ["pause", "resume", "cancel", "retry"] as const;
export type Change = (typeof changes)[number];

export interface Changed {
  readonly film: FarmFilm;
  readonly before: FilmRequest;
  /** Shots that begin anew, because no machine is left that computes like the one that began them. */
  readonly anew: number;
  /** Pieces with something to do. A film without any is finished: it is neither paused nor cancelled. */
  readonly missing: number;
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
  const goesOn = change === "resume" || change === "retry";
  if (!goesOn && (await missingPieces(share, film)).length === 0)
    return { film, before, anew: 0, missing: 0 };
  await writeRequest(share, film, after(before, change));
  let anew = 0;
  if (change === "retry") {
    anew = await releaseLostChains({ share, queues }, film, await liveWorkers(redis));
    await forgetFailures(share, film);
    await tell(redis, { type: "forgive" });
  }
  const missing = await fillQueues(queues, share, film);
  await tell(redis, { type: "film", film: film.id });
  return { film, before, anew, missing: missing.length };
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

/**
 * Release the chains of missing pieces that are pinned to a fingerprint of no worker, where others could do them. Without
 * such others they keep what they have.
 */
async function releaseLostChains(
  { share, queues }: Pick<Farm, "share" | "queues">,
  film: FarmFilm,
  workers: readonly LiveWorker[],
): Promise<number> {
  const missing = await missingPieces(share, film);
  const chains = new Map<string, Piece[]>();
  for (const piece of missing) {
    const { chain } = piece;
    if (chain !== undefined) chains.set(chain, [...(chains.get(chain) ?? []), piece]);
  }
  let released = 0;
  for (const [chain, pieces] of chains) {
    const [first] = pieces as [Piece];
    const { scene } = first;
    const fitting = workers.filter((worker) => canDo(worker, film, scene));
    const pinned = await pinOf(share, film, chain);
    if (pinned === undefined || fitting.length === 0) continue;
    if (fitting.some(({ fingerprint }) => fingerprint === pinned)) continue;
    await removePieces(queues, share, film, pieces);
    await releaseChain(share, film, chain);
    released++;
  }
  return released;
}
