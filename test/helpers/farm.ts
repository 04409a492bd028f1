/** Films in a share, made piece by piece. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { missingPieces } from "../../src/farm/pieces/pieces.ts";
import { type RunOptions, runPiece } from "../../src/farm/pieces/run-piece.ts";
import type { FarmFilm, Piece } from "../../src/farm/share/film.ts";
import { filmPath, markDone } from "../../src/farm/share/films.ts";
import type { Share } from "../../src/farm/share/share.ts";
import { workFolderOf } from "../../src/pipeline/cache/cache-folder.ts";
import { KeptTools } from "../../src/pipeline/frames/kept-tools.ts";

/** Numbers 0..1 that look random and are the same in every run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Do one piece as a worker does. */
export async function doPiece(
  share: Share,
  film: FarmFilm,
  piece: Piece,
  options: RunOptions = {},
): Promise<void> {
  await runPiece(share, film, piece, { threads: 1, ...options });
  await markDone(share, film, piece.key, { worker: "test", seconds: 1 });
}

/** Do the pieces of a film in a random order among those that can be done. Returns their keys in this order. */
export async function doAll(
  share: Share,
  film: FarmFilm,
  random: () => number = randomFrom(1),
  options: RunOptions = {},
): Promise<string[]> {
  const order: string[] = [];
  const kept = new KeptTools({ threads: 1, worker: true });
  try {
    for (;;) {
      const ready = (await missingPieces(share, film)).filter(({ after }) => after.length === 0);
      if (ready.length === 0) return order;
      const piece = ready[Math.floor(random() * ready.length)]!;
      await doPiece(share, film, piece, { kept, ...options });
      order.push(piece.key);
    }
  } finally {
    await kept.dispose();
  }
}

/** The render cache of a scene of a film, or its output. */
export function workOf(share: Share, film: FarmFilm, scene = 0): string {
  return workFolderOf(filmPath(share, film, film.scenes[scene]!.output), film.preview);
}

/** Finished frames in a render cache, by their names. */
export async function framesIn(work: string): Promise<Record<string, string>> {
  const names = (await readdir(work)).filter((name) => name.startsWith("frame-")).sort();
  const frames = names.map(
    async (name) => [name, (await readFile(join(work, name))).toString("base64")] as const,
  );
  return Object.fromEntries(await Promise.all(frames));
}
