/** Removes what killed processes have left of a film: leases of finished pieces, and files that never got their names. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FarmFilm, Piece } from "../share/film.ts";
import { filmPath } from "../share/films.ts";
import { takeLease } from "../share/lease.ts";
import { type Share, sweep } from "../share/share.ts";
import type { Paces } from "./paces.ts";

const partial = /^\..*\.partial(?:\.\w+)?$|\.[0-9a-f]{8}\.stale$/;

/** Nobody takes a piece that is not `missing`, so nobody else would take its lease over. */
export async function tidyFilm(
  share: Share,
  film: FarmFilm,
  missing: readonly Piece[],
  { lease, lockMs }: Paces,
): Promise<void> {
  const open = new Set(missing.map(({ key }) => key));
  for (const key of await namesIn(filmPath(share, film, "leases"))) {
    if (open.has(key) || partial.test(key)) continue;
    const own = await takeLease(share, film, key, "tidying up", lease);
    if ("release" in own) await own.release();
  }
  const numbers = film.scenes.map((_, i) => String(i + 1));
  const folders = [
    ...[".", "pieces", "pins", "leases", "ends", "plans"],
    ...numbers.flatMap((number) => [join("scenes", number), join("out", number)]),
  ];
  // A file that is being written is younger.
  for (const folder of folders) await sweep(filmPath(share, film, folder), lockMs, partial);
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
