import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { FarmFilm } from "../share/film.ts";
import type { Share } from "../share/share.ts";
import { pinFile } from "./pins.ts";
import { cacheOf, readScene } from "./scene-folder.ts";

/**
 * Forget the frames of a chain and its pin, so that machines of another fingerprint make all of them: when no machine of the
 * first is left. Nobody may be at work on the chain. Throws `SHARE_UNUSABLE`.
 */
export async function releaseChain(share: Share, film: FarmFilm, chain: string): Promise<void> {
  const [scene = 0, shot = 0] = chain.split("-").map((number) => Number(number) - 1);
  const { outline, names } = await readScene(share, film, scene);
  const { offset, start, frames, cuts: file } = outline.shots[shot]!;
  const own = new Set(outline.names.slice(offset + start, offset + frames));
  // Later stretches of a shot go on with the cuts that the first has found.
  const cuts = start === 0 ? file : undefined;
  const work = cacheOf(share, film, scene);
  for (const name of names)
    if (own.has(name) || name === cuts?.name || name.startsWith(`state-${shot}-`))
      await rm(join(work, name), { force: true });
  // Last: until then, no machine may go on from what is left.
  await rm(pinFile(share, film, chain), { force: true });
}
