/** One tile of an atlas: what a layer, or a channel, amplifies. */
import type { Dreamer } from "../../dream/dreamer.ts";
import type { DreamOptions, DreamSettings } from "../../dream/settings.ts";
import { type ColorStatistics, colorTarget, Grader } from "../../flow/color.ts";
import { type Frame, mixFrames } from "../../frame.ts";
import { readImage } from "../../image/image.ts";
import { fractalNoise } from "../../image/noise.ts";
import type { Engine } from "../../runtime/engine.ts";
import { onDevice } from "../../runtime/pictures.ts";

/** Strength of the start noise. */
const faintness = 0.35;

/** Start picture of a tile, and the colours that it is matched to: low layers would turn neon otherwise. */
export interface Ground {
  readonly start: Frame;
  readonly colors: ColorStatistics;
}

export interface GroundOptions {
  /** Dream on this picture; without it, on faint noise, so that the visible forms come from the dream. */
  readonly image?: string;
  /** Side of a tile, px. */
  readonly tile: number;
  readonly seed: number;
  readonly onNotice?: (message: string) => void;
}

/** Few steps; larger tiles get one more octave for larger forms. */
export function atlasSettings(tile: number): DreamOptions {
  return tile < 192
    ? { octaves: 3, iterations: [16, 10, 6] }
    : { octaves: 4, iterations: [20, 16, 12, 6] };
}

export async function groundOf(
  { image, tile, seed, onNotice }: GroundOptions,
  grader: Grader,
): Promise<Ground> {
  const size = { width: tile, height: tile };
  const full =
    image === undefined
      ? fractalNoise({ seed, scale: 3, ...size })
      : await readImage(image, size, onNotice);
  const colors = await grader.measureFrame(full);
  if (image !== undefined) return { start: full, colors };
  const grey = { ...full, data: new Float32Array(full.data.length).fill(0.5) };
  return { start: mixFrames(grey, full, faintness), colors };
}

/** Dream `target` on a ground. Throws `INTERRUPTED`. */
export function dreamOnGround(
  { dreamer, engine, grader }: TileTools,
  target: string,
  { ground, settings, seed, signal }: TileWork,
): Promise<Frame> {
  const own = { ...settings, layers: { [target]: 1 } };
  return onDevice(engine, [ground.start], async (scope, start) => {
    const dreamed = await dreamer.dreamOn(scope, start!, own, seed, 0, signal);
    return grader.grade(scope, dreamed, colorTarget(ground.colors), 1);
  });
}

export interface TileTools {
  readonly dreamer: Dreamer;
  readonly engine: Engine;
  readonly grader: Grader;
}

export interface TileWork {
  readonly ground: Ground;
  readonly settings: DreamSettings;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** One tile alone, on faint noise. Throws `SCENE_UNKNOWN_LAYER`, `INTERRUPTED`. */
export async function dreamTile(
  dreamer: Dreamer,
  engine: Engine,
  options: {
    readonly target: string;
    readonly side: number;
    readonly seed: number;
    readonly signal?: AbortSignal;
  },
): Promise<Frame> {
  const { target, side, seed, signal } = options;
  const grader = new Grader(engine);
  try {
    const ground = await groundOf({ tile: side, seed }, grader);
    const settings = dreamer.settings(atlasSettings(side));
    const work = { ground, settings, seed, signal };
    return await dreamOnGround({ dreamer, engine, grader }, target, work);
  } finally {
    await grader.dispose();
  }
}
