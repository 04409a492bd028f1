import type { FarmFilm, FilmState, Piece, PieceFailure, PieceRecord } from "../share/film.ts";
import { notedPieces, readRecord, readRequest } from "../share/films.ts";
import type { Share } from "../share/share.ts";
import { readScene, type SceneFolder } from "./scene-folder.ts";
import { scenePieces } from "./scene-pieces.ts";

/** A scene with its pieces and those of them that have something to do. */
interface SceneProgress {
  readonly folder: SceneFolder;
  readonly pieces: readonly Piece[];
  readonly missing: readonly Piece[];
}

/**
 * All pieces of a film as known now, from the folder alone and without an engine. A scene with a clip whose cuts are not
 * known has a piece that finds them, and the others once it is done. Throws `SHARE_UNUSABLE`.
 */
export async function piecesOf(share: Share, film: FarmFilm): Promise<Piece[]> {
  return (await readProgress(share, film)).flatMap(({ pieces }) => pieces);
}

/** The pieces with something to do, from the folder alone; `after` names only these. Throws `SHARE_UNUSABLE`. */
export async function missingPieces(share: Share, film: FarmFilm): Promise<Piece[]> {
  return (await readProgress(share, film)).flatMap(({ missing }) => missing);
}

/** How far a film is. Throws `SHARE_UNUSABLE`. */
export async function stateOf(share: Share, film: FarmFilm): Promise<FilmState> {
  const scenes = await readProgress(share, film);
  const missing = scenes.flatMap((scene) => scene.missing);
  const noted = await notedPieces(share, film);
  const failures: (PieceFailure & { readonly key: string })[] = [];
  for (const { key } of missing)
    if (noted.has(key))
      for (const failure of (await readRecord(share, film, key)).failures)
        failures.push({ ...failure, key });
  const total = scenes.reduce((sum, scene) => sum + framesOf(scene), 0);
  const done = scenes.reduce((sum, scene) => sum + doneIn(scene), 0);
  return {
    frames: { total, done, missing: total - done },
    missing,
    failures,
    finished: missing.length === 0,
    request: await readRequest(share, film),
  };
}

async function readProgress(share: Share, film: FarmFilm): Promise<SceneProgress[]> {
  const scenes: SceneProgress[] = [];
  for (const scene of film.scenes.keys()) {
    const folder = await readScene(share, film, scene);
    const pieces = scenePieces(film, scene, folder.outline, (shot) => cutsIn(folder, shot));
    const whole = pieces.find(({ kind }) => kind === "film");
    const record = whole && (await readRecord(share, film, whole.key));
    scenes.push({ folder, pieces, missing: missingIn(folder, pieces, record) });
  }
  return scenes;
}

function missingIn(
  folder: SceneFolder,
  pieces: readonly Piece[],
  whole: PieceRecord | undefined,
): Piece[] {
  // The cache of a finished film keeps only what fits.
  if (whole?.done && folder.hasOutput) return [];
  const missing = pieces.filter((piece) => isMissing(folder, piece));
  const keys = new Set(missing.map(({ key }) => key));
  return missing.map((piece) => ({ ...piece, after: piece.after.filter((key) => keys.has(key)) }));
}

function isMissing(folder: SceneFolder, piece: Piece): boolean {
  switch (piece.kind) {
    case "cuts":
      return cutsIn(folder, piece.shot) === undefined;
    case "film":
      return true;
    case "frames": {
      const { outline, end } = folder;
      if (!outline.exact && end === undefined && piece.to === outline.names.length - 1) return true;
      const to = Math.min(piece.to, (end ?? Number.POSITIVE_INFINITY) - 1);
      for (let frame = piece.from; frame <= to; frame++)
        if (!isMade(folder, piece.shot, frame)) return true;
      return false;
    }
  }
}

/** Whether a frame of a shot is finished, or its part of a cross-fade is there. */
function isMade({ outline, names }: SceneFolder, shot: number, frame: number): boolean {
  const { offset, states } = outline.shots[shot]!;
  if (names.has(outline.names[offset + frame]!)) return true;
  // Those of cross-fades are at both ends of a shot.
  const state = states.find(([at]) => at === frame)?.[1];
  return state !== undefined && names.has(state);
}

/** The first frames after the cuts of a shot; undefined where its clip has not been looked through. */
function cutsIn({ outline, cuts, end }: SceneFolder, shot: number): readonly number[] | undefined {
  const known = cuts[shot];
  const { length, cuts: file } = outline.shots[shot]!;
  if (!known) return undefined;
  const last = Math.min(length, end ?? length) - 1;
  // Where no cut matters, only the first colours are kept.
  if (file?.throughout && known.last < last) return undefined;
  return known.segments.slice(1).map(({ first }) => first);
}

function framesOf({ folder: { outline, end } }: SceneProgress): number {
  return end ?? outline.names.length;
}

function doneIn(scene: SceneProgress): number {
  const { folder, missing } = scene;
  if (missing.length === 0) return framesOf(scene);
  let done = 0;
  for (let index = 0; index < folder.outline.names.length; index++) {
    const showing = folder.outline.shots.flatMap(({ offset, start, frames }, shot) =>
      index >= offset + start && index < offset + frames ? [[shot, index - offset] as const] : [],
    );
    if (showing.every(([shot, frame]) => isMade(folder, shot, frame))) done++;
  }
  return done;
}
