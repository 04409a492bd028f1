/** Pins: a chain of pieces is made on machines of one fingerprint. */
import { z } from "zod";
import { createOnce } from "../../disk/write-atomically.ts";
import { DreamError } from "../../errors.ts";
import type { FarmFilm } from "../share/film.ts";
import { filmPath, readJson } from "../share/films.ts";
import { type Share, writing } from "../share/share.ts";

const pinSchema = z.object({ fingerprint: z.string() });

/** The fingerprint that a chain is pinned to; undefined before its first piece. */
export async function pinOf(
  share: Share,
  film: FarmFilm,
  chain: string,
): Promise<string | undefined> {
  return (await readJson(pinFile(share, film, chain), pinSchema))?.fingerprint;
}

/**
 * Pin a chain to `fingerprint`, unless it is pinned already. Throws `FARM_UNLIKE` if it is pinned to another one,
 * `SHARE_UNUSABLE`, `DISK_FULL`.
 */
export async function pin(
  share: Share,
  film: FarmFilm,
  chain: string,
  fingerprint: string,
): Promise<void> {
  const file = pinFile(share, film, chain);
  await writing(file, () => createOnce(`${JSON.stringify({ fingerprint })}\n`, file));
  await checkPin(share, film, chain, fingerprint);
}

/** Throws `FARM_UNLIKE` if a chain is pinned to another fingerprint. */
export async function checkPin(
  share: Share,
  film: FarmFilm,
  chain: string,
  fingerprint: string,
): Promise<void> {
  const pinned = await pinOf(share, film, chain);
  if (pinned === undefined || pinned === fingerprint) return;
  throw new DreamError(
    "FARM_UNLIKE",
    `this machine computes as ${fingerprint}, and the frames that this piece goes on from were made as ${pinned}`,
    {
      where: film.id,
      hint: "Frames that feed back are made on machines that compute alike. Start a worker on a machine like the first.",
    },
  );
}

export function pinFile(share: Share, film: FarmFilm, chain: string): string {
  return filmPath(share, film, "pins", `${chain}.json`);
}
