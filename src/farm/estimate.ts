/** How long a film takes, from the measured speeds of the workers. */
import type { LiveWorker } from "./queue/live.ts";
import { canDo } from "./queue/names.ts";
import type { FarmFilm, Piece } from "./share/film.ts";

type Speed = Pick<LiveWorker, "secondsPerFrame" | "secondsPerMegapixel" | "pieces">;

/** Frames of a running piece from which its speed counts: the first one includes the start. */
const countedFrames = 3;

/** Seconds that a worker needs for a frame of a scene; undefined if it has not been measured. */
export function secondsPerFrame(
  { secondsPerFrame, secondsPerMegapixel, pieces }: Speed,
  film: Pick<FarmFilm, "id" | "scenes">,
  scene: number,
): number | undefined {
  const own = secondsPerFrame[film.id];
  if (own !== undefined) return own;
  const running = pieces.find(
    (piece) => piece.film === film.id && piece.scene === scene && piece.done >= countedFrames,
  );
  if (running) return running.seconds / running.done;
  const { width, height } = film.scenes[scene]!.size;
  return secondsPerMegapixel === undefined
    ? undefined
    : (secondsPerMegapixel * width * height) / 1e6;
}

/** Frames that are dreamed one after the other, because each feeds back into the next. */
export interface Chain {
  readonly scene: number;
  readonly shot: number;
  readonly frames: number;
  /** With the fastest worker there is, if it has been measured. */
  readonly seconds?: number | undefined;
}

/** The chains of more than one piece, the longest first. */
export function chainsOf(
  film: FarmFilm,
  missing: readonly Piece[],
  workers: readonly LiveWorker[],
): Chain[] {
  const byName = new Map<string, { scene: number; shot: number; frames: number; pieces: number }>();
  for (const { chain, scene, shot, frames } of missing) {
    if (chain === undefined) continue;
    const known = byName.get(chain) ?? { scene, shot, frames: 0, pieces: 0 };
    known.frames += frames;
    known.pieces++;
    byName.set(chain, known);
  }
  return [...byName.values()]
    .filter(({ pieces }) => pieces > 1)
    .sort((a, b) => b.frames - a.frames)
    .map(({ scene, shot, frames }) => {
      const fastest = fastestOf(film, scene, workers);
      return { scene, shot, frames, seconds: fastest === undefined ? undefined : frames * fastest };
    });
}

/** Seconds per frame of the fastest worker that can do a scene. */
function fastestOf(
  film: FarmFilm,
  scene: number,
  workers: readonly LiveWorker[],
): number | undefined {
  const speeds = workers.flatMap((worker) =>
    canDo(worker, film, scene) ? (secondsPerFrame(worker, film, scene) ?? []) : [],
  );
  return speeds.length === 0 ? undefined : Math.min(...speeds);
}

/**
 * Seconds until the last of `frames`, if all workers that can work on the film do so; undefined while no speed is known, or no
 * piece with frames. Not less than its longest chain takes.
 */
export function secondsLeft(
  film: FarmFilm,
  missing: readonly Piece[],
  frames: number,
  workers: readonly LiveWorker[],
): number | undefined {
  if (frames === 0) return 0;
  const ready = workers.filter(({ state }) => state === "ready");
  const open = missing.filter((piece) => piece.frames > 0);
  const all = open.reduce((sum, piece) => sum + piece.frames, 0);
  if (all === 0) return undefined;
  // Pieces that are partly done count for less.
  const share = frames / all;
  let together = 0;
  for (const scene of new Set(open.map((piece) => piece.scene))) {
    const own = open.filter((piece) => piece.scene === scene);
    const rate = ready.reduce((sum, worker) => {
      const seconds = canDo(worker, film, scene) ? secondsPerFrame(worker, film, scene) : undefined;
      return seconds === undefined ? sum : sum + worker.jobs / seconds;
    }, 0);
    if (rate === 0) return undefined;
    together += (share * own.reduce((sum, piece) => sum + piece.frames, 0)) / rate;
  }
  const chains = chainsOf(film, missing, ready).map(({ seconds = 0 }) => share * seconds);
  return Math.max(together, ...chains);
}
