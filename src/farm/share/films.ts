import type { FarmFilm, FilmRequest, PieceFailure, PieceRecord } from "./film.ts";
import type { Share } from "./share.ts";

const toCome = (...all: unknown[]): never => {
  throw new Error(`to come: ${all.length}`);
};

/** All films, the earliest first. Damaged manifests are left out. */
export const listFilms = async (share: Share): Promise<FarmFilm[]> => toCome(share);
/** Throws `FILM_NOT_FOUND`, which lists the films, and for a beginning of an id that is not clear. */
export const readFilm = async (share: Share, id: string): Promise<FarmFilm> => toCome(share, id);
/** The folder of a film, of a file in it: `filmPath(share, film, "logs", name)`. */
export const filmPath = (share: Share, film: FarmFilm, ...more: string[]): string =>
  toCome(share, film, more);
export const readRequest = async (share: Share, film: FarmFilm): Promise<FilmRequest> =>
  toCome(share, film);
export const writeRequest = async (
  share: Share,
  film: FarmFilm,
  request: FilmRequest,
): Promise<void> => toCome(share, film, request);
export const readRecord = async (
  share: Share,
  film: FarmFilm,
  key: string,
): Promise<PieceRecord> => toCome(share, film, key);
export const markDone = async (
  share: Share,
  film: FarmFilm,
  key: string,
  done: { readonly worker: string; readonly seconds: number },
): Promise<void> => toCome(share, film, key, done);
/** Returns the failures so far, this one last. */
export const markFailed = async (
  share: Share,
  film: FarmFilm,
  key: string,
  failure: Omit<PieceFailure, "at">,
): Promise<readonly PieceFailure[]> => toCome(share, film, key, failure);
/** Forget the failures of a film's pieces, so that they are tried again. */
export const forgetFailures = async (share: Share, film: FarmFilm): Promise<void> =>
  toCome(share, film);
