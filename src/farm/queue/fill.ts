/**
 * Fills the queues from the share. The folder is the truth, so there are no BullMQ flows, whose parents would have to be kept
 * in step with it: whoever finishes a piece adds what became ready, and a queue that was lost is filled from what is missing.
 */

import { missingPieces } from "../pieces/pieces.ts";
import { pinOf } from "../pieces/pins.ts";
import type { FarmFilm, Piece } from "../share/film.ts";
import { isStopped, readRequest } from "../share/films.ts";
import type { Share } from "../share/share.ts";
import { queueOf } from "./names.ts";
import type { PieceQueues } from "./piece-queues.ts";
import { readyPieces } from "./ready.ts";

/** Add the pieces that can be done now, unless a person or a failure has stopped the film. Returns the missing pieces. */
export async function fillQueues(
  queues: PieceQueues,
  share: Share,
  film: FarmFilm,
): Promise<readonly Piece[]> {
  const missing = await missingPieces(share, film);
  if (!isStopped(await readRequest(share, film)))
    await addPieces(queues, share, film, readyPieces(missing));
  return missing;
}

/** Add pieces that are ready, each to its queue. */
export async function addPieces(
  queues: PieceQueues,
  share: Share,
  film: FarmFilm,
  pieces: readonly Piece[],
): Promise<void> {
  for (const [name, list] of await byQueue(share, film, pieces)) await queues.add(name, film, list);
}

/** Take pieces out of their queues, except those that a worker holds. */
export async function removePieces(
  queues: PieceQueues,
  share: Share,
  film: FarmFilm,
  pieces: readonly Piece[],
): Promise<void> {
  for (const [name, list] of await byQueue(share, film, pieces))
    await queues.remove(
      name,
      list.map(({ key }) => key),
    );
}

/** The pieces by the name of the queue of each. */
async function byQueue(
  share: Share,
  film: FarmFilm,
  pieces: readonly Piece[],
): Promise<Map<string, Piece[]>> {
  const queues = new Map<string, Piece[]>();
  for (const piece of pieces) {
    const pinned = piece.chain === undefined ? undefined : await pinOf(share, film, piece.chain);
    const name = queueOf(film, piece, pinned);
    queues.set(name, [...(queues.get(name) ?? []), piece]);
  }
  return queues;
}
