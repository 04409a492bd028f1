import type { EngineName } from "../../choices.ts";
import type { FarmFilm } from "../share/film.ts";
import type { Share } from "../share/share.ts";

/** `cpu-` and 16 hexadecimal digits: machines of one fingerprint compute the same bits. Throws `ENGINE_UNAVAILABLE`. */
export async function fingerprintOf(engine: EngineName): Promise<string> {
  throw new Error(`to come: ${engine}`);
}

/** The fingerprint that a chain is pinned to; undefined before its first piece. */
export async function pinOf(
  share: Share,
  film: FarmFilm,
  chain: string,
): Promise<string | undefined> {
  throw new Error(`to come: ${share.path} ${film.id} ${chain}`);
}

/** Pin a chain to `fingerprint` unless it is pinned; returns what it is pinned to. `runPiece` does so itself. */
export async function pin(
  share: Share,
  film: FarmFilm,
  chain: string,
  fingerprint: string,
): Promise<string> {
  throw new Error(`to come: ${share.path} ${film.id} ${chain} ${fingerprint}`);
}
