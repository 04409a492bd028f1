/** One picture of a scene, as it is being dreamed. */
import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import { toSharp } from "../image/image.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { dreamFilm, type FilmOptions, type Part, partsOf } from "../pipeline/frames/film.ts";
import type { StepTools } from "../pipeline/frames/frame-step.ts";
import { framesToMake, type ShotCheckpoints } from "../pipeline/frames/to-make.ts";
import { type RenderPlan, shotAt } from "../pipeline/plan/plan.ts";
import type { PreparedRender } from "../pipeline/plan/prepare.ts";
import { motionOnly } from "../scene/motion-only.ts";
import { parseScene } from "../scene/parse.ts";
import type { Scene } from "../scene/scene.ts";
import type { LookCall, LookPicture, LookResult } from "./calls.ts";
import { cutsForLook, noCheckpoints } from "./look-cuts.ts";
import { impressionOf, placeOf } from "./look-impression.ts";
import { type MovedStart, movedStart } from "./look-moved.ts";
import { startsOf } from "./look-starts.ts";
import { smallScene } from "./small-scene.ts";
import type { Workshop } from "./workshop.ts";

/** Most frames that are dreamed before the one that is looked at, as `dreamreel still` does; and without dreaming. */
const [maxBefore, maxMotionBefore] = [12, 24];

/**
 * Dream, or show without dreaming, the frame of a scene. Pictures go to `report` octave by octave. A film that feeds back
 * goes on from the last finished frame that is near, else from the source some frames earlier, moved as the film moves it
 * by then. Throws the errors of `prepareRender`; `INTERRUPTED` within a step.
 */
export async function look(
  workshop: Workshop,
  call: LookCall,
  report: (picture: LookPicture) => void,
  signal: AbortSignal,
): Promise<LookResult> {
  throwIfInterrupted(signal);
  const full = parseScene(call.text, { path: call.file });
  const shown = call.kind === "motion" ? motionOnly(full) : full;
  const { scene, fullWidth } = await smallScene(shown, call.width);
  const prepared = await workshop.prepare(scene, { signal });
  try {
    const { plan } = prepared;
    const frame = Math.min(Math.max(0, Math.round(call.frame)), plan.frames - 1);
    if (call.kind === "source") {
      const jpeg = await toJpeg(await sourceAt(prepared, frame));
      report({ jpeg, octave: 1, octaves: 1 });
      return { exact: true };
    }
    return await dreamAt(
      workshop,
      { ...call, scene, frame, full, fullWidth },
      prepared,
      report,
      signal,
    );
  } finally {
    await prepared.dispose();
  }
}

interface DreamCall extends LookCall {
  /** At the size of the look. */
  readonly scene: Scene;
  readonly full: Scene;
  /** Of the film, px: at another size the dream has other forms. */
  readonly fullWidth: number;
}

async function dreamAt(
  workshop: Workshop,
  call: DreamCall,
  prepared: PreparedRender,
  report: (picture: LookPicture) => void,
  signal: AbortSignal,
): Promise<LookResult> {
  const { frame, scene, kind } = call;
  const plan: RenderPlan = { ...prepared.plan, first: frame, last: frame };
  const one = { ...prepared, plan };
  const dreams = kind === "dream";
  const limits = { maxBefore: dreams ? maxBefore : maxMotionBefore, signal };
  const alone = partsOf(one, limits);
  const isWhole = dreamedIn(alone) === dreamedIn(wider(alone));
  const starts = dreams ? await startsOf(workshop, { ...call, isWhole }, one) : undefined;
  const stepWith = await workshop.tools(scene, plan);
  const checkpointsOf = (number: number): ShotCheckpoints => {
    const shot = one.shots[number]!;
    const cuts = cutsForLook(shot, frame - shot.plan.offset, stepWith.grader);
    return { ...(starts?.of(number) ?? noCheckpoints), ...(cuts ? { cuts } : {}) };
  };
  const changed =
    starts && (await changedFrame(workshop, call, one, stepWith, checkpointsOf, signal));
  const moved = new Map<number, MovedStart>();
  if (starts && !isWhole) {
    const undreamed = await workshop.prepare(motionOnly(scene), { signal });
    try {
      for (const { number, range } of alone) {
        const checkpoints = checkpointsOf(number);
        const own = { local: range.from, maxBefore, checkpoints, signal };
        const start = await movedStart(undreamed.shots[number]!, stepWith, own);
        if (start) moved.set(number, start);
      }
    } finally {
      await undreamed.dispose();
    }
  }
  const film: FilmOptions = {
    ...limits,
    checkpoints: (number) => {
      const found = checkpointsOf(number);
      const start = moved.get(number);
      if (!start) return found;
      return {
        ...found,
        has: (local) => local === start.frame || found.has(local),
        load: async (local) => (local === start.frame ? start.picture : found.load(local)),
      };
    },
  };
  const count = dreamedIn(partsOf(one, film));
  let done = 0;
  let perFrame = 1;
  const tell = async (picture: Frame, octave: number): Promise<void> => {
    throwIfInterrupted(signal);
    const jpeg = await toJpeg(changed ?? picture);
    report({ jpeg, octave: done * perFrame + octave, octaves: count * perFrame });
  };
  const tools = {
    ...stepWith,
    onOctave: async (picture: Frame, octave: number, octaves: number): Promise<void> => {
      perFrame = octaves;
      // Of a run-up each frame is shown once; the very first octave is shown as soon as it is there.
      if (dreams && !changed && (done === 0 || done === count - 1)) await tell(picture, octave + 1);
    },
  };
  if (changed) await tell(changed, 1);
  else if (moved.size > 0) await tell([...moved.values()].at(-1)!.picture, 0);
  starts?.watch(async (picture) => {
    if (done < count - 1) await tell(picture, perFrame);
  });
  let output: Frame | undefined;
  const onMade = (): void => void done++;
  for await (const picture of dreamFilm(one, tools, { ...film, onMade })) output = picture;
  if (!output) throw new DreamError("EMPTY_VIDEO", `the source ends before frame ${frame}`);
  const octaves = Math.max(1, count * perFrame);
  report({ jpeg: await toJpeg(output), octave: octaves, octaves });
  const start = starts?.from ?? (isWhole ? "start" : "source");
  return {
    exact: start !== "source" && !call.full.loop && plan.size.width === call.fullWidth,
    ...(start === "start" ? {} : { from: start }),
  };
}

/**
 * What a change of the scene does to a frame with a long run-up, before that is dreamed; undefined for the first look at
 * it. Throws `INTERRUPTED`.
 */
async function changedFrame(
  { lookFrames }: Workshop,
  { file }: LookCall,
  one: PreparedRender,
  tools: Omit<StepTools, "dreamer">,
  checkpoints: (shot: number) => ShotCheckpoints,
  signal: AbortSignal,
): Promise<Frame | undefined> {
  const [part, another] = partsOf(one, { maxBefore, checkpoints, signal });
  if (!part || another || part.shot.plan.cadence > 1 || dreamedIn([part]) <= 2) return undefined;
  const { number, range } = part;
  const before = lookFrames.newest(placeOf(file, one, number, range.from - 1));
  return before && impressionOf(one, tools, part, before, signal);
}

/** Frames to dream for the requested ones. */
function dreamedIn(parts: readonly Part[]): number {
  return parts.reduce((sum, { shot, range }) => sum + framesToMake(shot.plan, range).size, 0);
}

/** More than the frames between two dreamed ones: if these are not needed, none before them is. */
const margin = 64;

/** The same with a wider limit to the frames before. */
function wider(parts: readonly Part[]): Part[] {
  return parts.map(({ range, ...part }) => ({
    ...part,
    range: { ...range, maxBefore: (range.maxBefore ?? 0) + margin },
  }));
}

/** The source picture of a film frame; in a crossfade that of the later shot. */
async function sourceAt({ plan, shots }: PreparedRender, frame: number): Promise<Frame> {
  const { shot, local } = shotAt(plan, frame);
  const own = shots[plan.shots.indexOf(shot)]!;
  const inputs = await own.open();
  try {
    if (!inputs.still && local > 0) await inputs.skip(local);
    const found = await inputs.next();
    if (found) return found.source;
    throw new DreamError("EMPTY_VIDEO", `the source ends before frame ${frame}`);
  } finally {
    await inputs.close();
  }
}

/** For the page: quickly made and small. */
export async function toJpeg(frame: Frame): Promise<Uint8Array> {
  return toSharp(frame).jpeg({ quality: 86 }).toBuffer();
}
