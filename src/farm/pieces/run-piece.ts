import type { FarmFilm, Piece } from "../share/film.ts";
import type { Share } from "../share/share.ts";

export interface RunOptions {
  /** Threads of the CPU, which computes in a worker thread: this process's event loop stays free. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** `fingerprintOf` the film's engine, if known; else computed for pieces of a chain. */
  readonly fingerprint?: string;
  /** Called for each frame of the film that is stored, or frame of the clip that is looked at, with its number. */
  readonly onProgress?: (frame: number) => void;
  readonly onNotice?: (message: string) => void;
}

/**
 * Do a piece in this process; frames are written under their keys, so doing it twice harms nothing. Throws
 * `FARM_UNLIKE` if its chain is pinned to another fingerprint or this machine computes other keys, `INTERRUPTED`, and
 * the errors of a render. Does not take the lease, and does not mark the piece as done.
 */
export async function runPiece(
  share: Share,
  film: FarmFilm,
  piece: Piece,
  options: RunOptions = {},
): Promise<void> {
  throw new Error(`to come: ${share.path} ${film.id} ${piece.key} ${options.threads}`);
}
