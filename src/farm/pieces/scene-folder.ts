/** What the share holds of one scene of a film. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { exists } from "../../disk/exists.ts";
import { DreamError } from "../../errors.ts";
import { workFolderOf } from "../../pipeline/cache/cache-folder.ts";
import { type Cuts, readCuts } from "../../pipeline/cache/known-cuts.ts";
import type { FarmFilm } from "../share/film.ts";
import { filmPath, readJson, writeJson } from "../share/films.ts";
import { type SceneOutline, sceneOutline } from "../share/outline.ts";
import type { Share } from "../share/share.ts";

const endSchema = z.object({ frames: z.number() });

/** Files of a scene, as they are now. */
export interface SceneFolder {
  readonly outline: SceneOutline;
  /** Names in the render cache. */
  readonly names: ReadonlySet<string>;
  /** Cuts by shot, as far as the clip has been looked through. */
  readonly cuts: readonly (Cuts | undefined)[];
  /** Number of frames of a clip that is shorter or longer than its container states, once its end has been reached. */
  readonly end: number | undefined;
  /** Whether the output exists. */
  readonly hasOutput: boolean;
}

/** The output of a scene, whose render cache is beside it. */
export function outputFile(share: Share, film: FarmFilm, scene: number): string {
  return filmPath(share, film, film.scenes[scene]!.output);
}

/** The render cache of a scene. */
export function cacheOf(share: Share, film: FarmFilm, scene: number): string {
  return workFolderOf(outputFile(share, film, scene), film.preview);
}

/** Read what there is of a scene. Throws `SHARE_UNUSABLE` if its outline is missing. */
export async function readScene(share: Share, film: FarmFilm, scene: number): Promise<SceneFolder> {
  const outline = await readOutline(share, film, scene);
  const work = cacheOf(share, film, scene);
  const names = new Set(await readdir(work).catch(() => [] as string[]));
  // The stretches of a shot have one file.
  const reading = new Map<string, ReturnType<typeof readCuts>>();
  const cuts = await Promise.all(
    outline.shots.map(({ cuts: file }) => {
      if (!file || !names.has(file.name)) return undefined;
      const known = reading.get(file.name) ?? readCuts(join(work, file.name));
      reading.set(file.name, known);
      return known;
    }),
  );
  const end = await readJson(endFile(share, film, scene), endSchema);
  const hasOutput = await exists(outputFile(share, film, scene));
  return { outline, names, cuts, end: end?.frames, hasOutput };
}

/** Note how many frames a clip has whose end has been reached. Of several numbers the smallest holds. */
export async function writeEnd(
  share: Share,
  film: FarmFilm,
  scene: number,
  frames: number,
): Promise<void> {
  const file = endFile(share, film, scene);
  const known = await readJson(file, endSchema);
  if (known === undefined || known.frames > frames) await writeJson(file, { frames });
}

/** Outlines do not change, and may be large. */
const outlines = new Map<string, SceneOutline>();
const maxOutlines = 50;

async function readOutline(share: Share, film: FarmFilm, scene: number): Promise<SceneOutline> {
  const file = filmPath(share, film, "plans", `${scene + 1}.json`);
  // A share that is gone must not look like one without frames.
  const isThere = await exists(file);
  const outline = isThere
    ? (outlines.get(file) ?? (await readJson(file, sceneOutline)))
    : undefined;
  if (!outline) {
    throw new DreamError("SHARE_UNUSABLE", "the film is incomplete in the share", {
      where: file,
      hint: "Check that the share is mounted. If it is, remove the film's folder, and submit it again.",
    });
  }
  outlines.set(file, outline);
  const [oldest] = outlines.keys();
  if (outlines.size > maxOutlines && oldest !== undefined) outlines.delete(oldest);
  return outline;
}

function endFile(share: Share, film: FarmFilm, scene: number): string {
  return filmPath(share, film, "ends", `${scene + 1}.json`);
}
