/** The opened inputs of a shot: source, guide, matte. */
import { DreamError } from "../../errors.ts";
import type { Frame } from "../../frame.ts";
import type { Size } from "../../image/image.ts";
import { paletteOf, type Scene, type SceneFile } from "../../scene/scene.ts";
import { toSeconds } from "../../scene/time.ts";
import { type Rational, toNumber, toRational } from "../../video/rational.ts";
import {
  type FrameSource,
  openSource,
  type SourceOptions,
  type SourceSpec,
} from "../../video/source.ts";
import { crossfadeInto } from "./loop.ts";
import { place } from "./place.ts";
import type { PlanOptions } from "./plan-shot.ts";
import type { ShotPlan } from "./shot-plan.ts";

/** Input pictures of one frame. */
export interface FrameInputs {
  readonly source: Frame;
  readonly guide?: Frame;
  /** White where to dream. */
  readonly matte?: Frame;
  /** White where each region is. */
  readonly regions?: readonly Frame[];
}

/** Reads the inputs frame by frame. */
export interface InputReader {
  /** Whether all source frames are the same. */
  readonly still: boolean;
  readonly size: Size;
  /** The picture whose colours are matched. */
  readonly palette?: Frame;
  next(): Promise<FrameInputs | undefined>;
  /** Pass over `count` frames, before the first `next`. Gives false where the source ends within them: open it again. */
  skip(count: number): Promise<boolean>;
  close(): Promise<void>;
}

/** The scene's source as a `SourceSpec`. `fps`: the clip's rate, for times in frames. */
function sourceSpec(scene: Scene, fps: number): SourceSpec {
  const { source } = scene;
  if (source.type !== "video") return source;
  const { start, end, ...rest } = source;
  return {
    ...rest,
    ...(start ? { startSec: toSeconds(start, fps) } : {}),
    ...(end ? { endSec: toSeconds(end, fps) } : {}),
  };
}

/** Requested size and rate of the source: the scene's, halved for a preview. */
function sourceRequest(
  scene: Scene,
  own: { size: Size; fps: Rational } | undefined,
  { preview }: PlanOptions,
): SourceOptions {
  const fps = scene.output.fps === undefined ? undefined : toRational(scene.output.fps);
  const { size } = scene.output;
  if (!preview) return { size, fps };
  const full = size ?? own?.size ?? { width: 640, height: 360 };
  const rate = fps ?? own?.fps ?? { num: 24, den: 1 };
  return {
    size: {
      width: Math.max(2, Math.round(full.width / 4) * 2),
      height: Math.max(2, Math.round(full.height / 4) * 2),
    },
    fps: { num: rate.num, den: rate.den * 2 },
  };
}

/** Open a source; errors in a filter graph get their position in the scene. */
async function openAt(
  scene: Scene,
  spec: SourceSpec,
  options?: SourceOptions,
): Promise<FrameSource> {
  try {
    return await openSource(spec, options);
  } catch (error) {
    if (!(error instanceof DreamError) || scene.source.type !== "lavfi") throw error;
    const { code, message, hint, cause } = error;
    throw new DreamError(code, message, {
      ...place(scene, ["source", "lavfi"]),
      hint,
      cause,
    });
  }
}

/** Open a shot's source, at the size and rate of `like` if another shot has set them, else at the scene's own. */
export async function openShotSource(
  scene: Scene,
  options: PlanOptions,
  like?: { readonly size: Size; readonly fps: Rational },
): Promise<FrameSource> {
  const { source } = scene;
  const inFrames =
    source.type === "video" && [source.start, source.end].some((time) => time?.unit === "frames");
  if (!inFrames && !options.preview)
    return openAt(scene, sourceSpec(scene, 24), like ?? sourceRequest(scene, undefined, options));
  // Frame times and a preview's half size depend on the clip's own rate and size.
  const own = await openAt(scene, sourceSpec(scene, scene.output.fps ?? 24));
  await own.close();
  return openAt(
    scene,
    sourceSpec(scene, toNumber(own.fps)),
    like ?? sourceRequest(scene, own, options),
  );
}

/** Inputs of a shot besides its source. */
interface Sides {
  readonly guide: Side | undefined;
  readonly matte: Side | undefined;
  readonly palette: Side | undefined;
  /** Mattes of the regions. */
  readonly regions: readonly Side[];
  readonly all: readonly Side[];
}

type Side = Pick<FrameSource, "size" | "still" | "notices" | "next" | "skip" | "close">;

/** Open guide, mattes and palette. Throws the errors of `openSource` and then leaves nothing open. */
export async function openSides(
  shot: Scene,
  { fps, size }: Pick<FrameSource, "fps" | "size">,
): Promise<Sides> {
  const { dream, matte, regions = [] } = shot;
  const all: Side[] = [];
  const open = async (file: SceneFile | undefined, own?: Size): Promise<Side | undefined> => {
    const side = file && (await openSide(file, fps, own));
    if (side) all.push(side);
    return side;
  };
  try {
    const guide = await open(dream.guide);
    const whole = await open(matte, size);
    const palette = await open(paletteOf(shot));
    const mattes: Side[] = [];
    for (const region of regions) mattes.push((await open(region.matte, size))!);
    return { guide, matte: whole, palette, regions: mattes, all };
  } catch (error) {
    await Promise.all(all.map((side) => side.close()));
    throw error;
  }
}

/** Open the inputs of a shot; closes `source` on errors. Throws the errors of `openSides`. */
export async function openInputs(
  source: FrameSource,
  { shot, frames, preRoll }: ShotPlan,
): Promise<InputReader> {
  const sides = await openSides(shot, source).catch(async (error: unknown) => {
    await source.close();
    throw error;
  });
  const [pictures, guides, mattes, ...regions] = [
    source,
    sides.guide,
    sides.matte,
    ...sides.regions,
  ].map(
    (side) => side && (preRoll > 0 && !side.still ? crossfadeInto(side, frames, preRoll) : side),
  );
  const read = [pictures, guides, mattes, ...regions];
  const palette = await sides.palette?.next();
  return {
    still: source.still,
    size: source.size,
    palette,
    async next() {
      const [frame, guide, matte, ...own] = await Promise.all(read.map((side) => side?.next()));
      return (
        frame && {
          source: frame,
          guide,
          matte,
          ...(own.length > 0 ? { regions: own.map((one) => one!) } : {}),
        }
      );
    },
    async skip(count) {
      const [goesOn] = await Promise.all(read.map((side) => side?.skip(count)));
      return goesOn!;
    },
    async close() {
      await Promise.all([...read, sides.palette].map((side) => side?.close()));
    },
  };
}

/** The frames of a picture or a video at the film's rate; a video that has ended repeats its last picture. */
async function openSide({ type, file }: SceneFile, fps: Rational, size?: Size): Promise<Side> {
  const shape = { fps, size };
  if (type === "image") return openSource({ type, file }, shape);
  const open = (): Promise<FrameSource> => openSource({ type, file, audio: "drop" }, shape);
  let source = await open();
  let last: Frame | undefined;
  const next = async (): Promise<Frame | undefined> => {
    last = (await source.next()) ?? last;
    return last;
  };
  return {
    still: false,
    size: source.size,
    notices: source.notices,
    next,
    async skip(count) {
      if (await source.skip(count)) return true;
      // Its last picture is held, and found by going through all of them.
      await source.close();
      source = await open();
      for (let i = 0; i < count; i++) await next();
      return true;
    },
    close: () => source.close(),
  };
}
