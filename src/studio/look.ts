/** One picture of a scene, as it is being dreamed. */
import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import { toSharp } from "../image/image.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { dreamFilm, partsOf } from "../pipeline/frames/film.ts";
import { framesToDream } from "../pipeline/frames/shot.ts";
import { type RenderPlan, shotAt } from "../pipeline/plan/plan.ts";
import type { PreparedRender } from "../pipeline/plan/prepare.ts";
import { motionOnly } from "../scene/motion-only.ts";
import { parseScene } from "../scene/parse.ts";
import type { Scene } from "../scene/scene.ts";
import type { LookCall, LookPicture, LookResult } from "./calls.ts";
import { finishedStarts } from "./finished-starts.ts";
import { smallScene } from "./small-scene.ts";
import type { Workshop } from "./workshop.ts";

/** Most frames that are dreamed before the one that is looked at, as `dreamreel still` does. */
export const maxBefore = 12;

/**
 * Dream, or show without dreaming, the frame of a scene. Pictures go to `report` octave by octave. A film that feeds back
 * goes on from the last finished frame that is near, else from the source some frames earlier. Throws the errors of
 * `prepareRender`; `INTERRUPTED` within a step.
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
  const scene = await smallScene(shown, call.width);
  const prepared = await workshop.prepare(scene, { signal });
  try {
    const { plan } = prepared;
    const frame = Math.min(Math.max(0, Math.round(call.frame)), plan.frames - 1);
    if (call.kind === "source") {
      const jpeg = await toJpeg(await sourceAt(prepared, frame));
      report({ jpeg, octave: 1, octaves: 1 });
      return { exact: true };
    }
    return await dreamAt(workshop, { ...call, scene, frame, full }, prepared, report, signal);
  } finally {
    await prepared.dispose();
  }
}

interface DreamCall extends LookCall {
  /** At the size of the look. */
  readonly scene: Scene;
  readonly full: Scene;
}

async function dreamAt(
  workshop: Workshop,
  call: DreamCall,
  prepared: PreparedRender,
  report: (picture: LookPicture) => void,
  signal: AbortSignal,
): Promise<LookResult> {
  const { frame, scene } = call;
  const plan: RenderPlan = { ...prepared.plan, first: frame, last: frame };
  const one = { ...prepared, plan };
  const starts =
    call.kind === "dream" ? await finishedStarts(workshop, call, plan.size) : undefined;
  const options = {
    maxBefore,
    signal,
    ...(starts ? { checkpoints: (shot: number) => starts.of(shot) } : {}),
  };
  const parts = partsOf(one, options);
  const dreamed = parts.reduce(
    (sum, { shot, range }) => sum + framesToDream(shot.plan, range).size,
    0,
  );
  let done = 0;
  const tools = {
    ...(await workshop.tools(scene, plan)),
    onOctave: async (picture: Frame, octave: number, octaves: number): Promise<void> => {
      throwIfInterrupted(signal);
      const share = done * octaves + octave + 1;
      report({ jpeg: await toJpeg(picture), octave: share, octaves: dreamed * octaves });
    },
  };
  let output: Frame | undefined;
  const onDreamed = (): void => void done++;
  for await (const picture of dreamFilm(one, tools, { ...options, onDreamed })) output = picture;
  if (!output) throw new DreamError("EMPTY_VIDEO", `the source ends before frame ${frame}`);
  report({ jpeg: await toJpeg(output), octave: 1, octaves: 1 });
  const resumed = starts?.used ?? false;
  const isWhole = parts.every(
    ({ shot, range: { maxBefore: _, ...range } }) =>
      framesToDream(shot.plan, range).size ===
      framesToDream(shot.plan, { ...range, maxBefore }).size,
  );
  const feeds = dreamed > parts.length || resumed || !isWhole;
  return {
    exact: isWhole && !call.full.loop,
    ...(feeds ? { from: resumed ? ("render" as const) : ("source" as const) } : {}),
  };
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
