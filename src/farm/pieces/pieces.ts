import type { FarmFilm, FilmState, Piece } from "../share/film.ts";
import type { Share } from "../share/share.ts";

/**
 * All pieces of a film as known now, from the folder alone and without an engine. Scenes with a clip whose cuts are not
 * known have a piece that finds them, and the others once it is done.
 */
export async function piecesOf(share: Share, film: FarmFilm): Promise<Piece[]> {
  throw new Error(`to come: ${share.path} ${film.id}`);
}

/** The pieces with something to do; `after` names only these. */
export async function missingPieces(share: Share, film: FarmFilm): Promise<Piece[]> {
  throw new Error(`to come: ${share.path} ${film.id}`);
}

export async function stateOf(share: Share, film: FarmFilm): Promise<FilmState> {
  throw new Error(`to come: ${share.path} ${film.id}`);
}
