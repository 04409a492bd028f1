import PQueue from "p-queue";
import { Dreamer } from "../dream/dreamer.ts";
import type { Guide } from "../dream/settings.ts";
import { DreamError } from "../errors.ts";
import { measureColor } from "../flow/color.ts";
import { FlowEstimator } from "../flow/optical-flow.ts";
import { SceneCutDetector } from "../flow/scene-cut.ts";
import { Warper } from "../flow/warp.ts";
import type { Frame } from "../frame.ts";
import { openNetwork } from "../models/open.ts";
import type { EngineName } from "../runtime/engine.ts";
import { selectEngine } from "../runtime/select-engine.ts";
import type { Scene } from "../scene/scene.ts";
import { guardExisting } from "../video/existing-output.ts";
import { readImage } from "../video/image.ts";
import { toNumber } from "../video/rational.ts";
import { checkOutput, type FrameSink, openSink } from "../video/sink.ts";
import { type FrameSource, openSource } from "../video/source.ts";
import { checkNames } from "./check-names.ts";
import { type RenderState, type StepTools, stepFrame } from "./frame-step.ts";
import {
  type PlanOptions,
  planRender,
  type RenderPlan,
  sourceRequest,
  sourceSpec,
} from "./plan.ts";

export interface RenderProgress {
  /** Frames done and to do, of those that are dreamed in this run. */
  readonly done: number;
  readonly total: number;
  /** Mean over the last frames. */
  readonly secondsPerFrame: number;
  readonly secondsLeft: number;
}

export interface RenderOptions extends PlanOptions {
  /** Instead of the scene's own. */
  readonly output?: string;
  readonly engine?: "auto" | EngineName;
  /** Replace an output that dreamreel did not make. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RenderProgress) => void;
  readonly onNotice?: (message: string) => void;
}

export interface RenderResult {
  readonly file: string;
  readonly frames: number;
  readonly seconds: number;
}

/**
 * Render a scene into its output file. The file appears only when complete; on any failure nothing is left
 * behind. Throws `DreamError`s of every room; `INTERRUPTED` when `signal` fires.
 */
export async function renderScene(
  scene: Scene,
  options: RenderOptions = {},
): Promise<RenderResult> {
  const started = performance.now();
  const file = options.output ?? scene.output.file;
  refuseSource(scene, file);
  checkOutput(file, scene.output.codec);
  if (!options.force) await guardExisting(file);
  const source = await openScene(scene, options);
  try {
    const plan = planRender(scene, source, options);
    const network = await openNetwork(
      scene.model,
      options.onNotice ? { onNotice: options.onNotice } : {},
    );
    const engine = await selectEngine(options.engine ?? scene.engine);
    try {
      const dreamer = new Dreamer(network, engine);
      checkNames(scene, dreamer, plan.at(plan.first));
      const sink = await openSink(file, sinkOptions(scene, source, plan));
      const flow = new FlowEstimator(engine);
      const tools = {
        dreamer,
        warper: new Warper(engine),
        flow,
        fps: toNumber(plan.fps),
        guide: await openGuide(scene),
        seed: scene.seed,
        preview: options.preview === true,
        match: scene.color.match,
      };
      const cuts = mayCut(scene, source) ? new SceneCutDetector(flow) : undefined;
      const frames = await runFrames(source, sink, plan, cuts, tools, options);
      return { file, frames, seconds: (performance.now() - started) / 1000 };
    } finally {
      await engine.dispose();
    }
  } finally {
    await source.close();
  }
}

/** Whether there can be cuts that matter: a moving source, of which something is fed back. */
function mayCut({ feedback }: Scene, source: FrameSource): boolean {
  return !source.still && feedback.sceneCut === "reset" && feedback.amount.value !== 0;
}

/** The picture that guides the layers, if there is one. Throws what `readImage` throws. */
export async function openGuide({ dream: { guide } }: Scene): Promise<Guide | undefined> {
  return guide && { frame: await readImage(guide.image), match: guide.match };
}

/** Open the scene's source at the size and rate of the render. */
export async function openScene(scene: Scene, options: PlanOptions = {}): Promise<FrameSource> {
  const request = sourceRequest(scene, undefined, options);
  const needsOwn = scene.source.type === "video" || options.preview;
  if (!needsOwn) return openSource(scene.source as never, request);
  // Times in frames, and a preview's half size, follow the clip's own rate and size.
  const own = await openSource(sourceSpec(scene, scene.output.fps ?? 24));
  await own.close();
  return openSource(sourceSpec(scene, toNumber(own.fps)), sourceRequest(scene, own, options));
}

/** Dream every frame, decoding ahead and encoding behind. Finishes or aborts the sink. */
async function runFrames(
  source: FrameSource,
  sink: FrameSink,
  plan: RenderPlan,
  cuts: SceneCutDetector | undefined,
  tools: Omit<StepTools, "shotColors">,
  options: RenderOptions,
): Promise<number> {
  const reading = new PQueue({ concurrency: 1 });
  const writing = new PQueue({ concurrency: 1 });
  const ahead: Promise<Frame | undefined>[] = [];
  const readAhead = (): void => {
    while (ahead.length < 3) {
      const next = reading.add(() => source.next());
      // A failure is met when its frame is awaited, not before.
      next.catch(() => {});
      ahead.push(next);
    }
  };
  let failure: unknown;
  const meter = progressMeter(plan, options.onProgress);
  let written = 0;
  try {
    let state: RenderState | undefined;
    let shotColors: StepTools["shotColors"];
    // Beyond a promised length the source may still have frames, short of a guessed one it may not.
    for (let index = 0; plan.exact || options.frames ? index <= plan.last : true; index++) {
      readAhead();
      const frame = await ahead.shift();
      if (!frame) break;
      if (options.signal?.aborted)
        throw new DreamError("INTERRUPTED", "interrupted; nothing was left behind");
      if (failure) throw failure;
      // Frames that are skipped count too, so that a part comes out like the whole.
      const cut = await cuts?.next(frame);
      if (tools.match === "first" && (cut || !shotColors)) shotColors = measureColor(frame);
      if (index < plan.start) continue;
      if (cut) state = undefined;
      state = await stepFrame(state, frame, index, plan.at(index), { ...tools, shotColors });
      const { output } = state;
      if (index >= plan.first) {
        written++;
        await writing.onSizeLessThan(4);
        writing
          .add(() => sink.write(output))
          .catch((error: unknown) => {
            failure ??= error;
          });
      }
      meter(index);
    }
    await writing.onIdle();
    if (failure) throw failure;
    await sink.finish();
    return written;
  } catch (error) {
    reading.clear();
    writing.clear();
    await sink.abort();
    throw error;
  }
}

function progressMeter(
  plan: RenderPlan,
  onProgress: RenderOptions["onProgress"],
): (index: number) => void {
  const times: number[] = [performance.now()];
  return (index) => {
    times.push(performance.now());
    const recent = times.slice(-11);
    const secondsPerFrame = (recent.at(-1)! - recent[0]!) / 1000 / (recent.length - 1);
    const done = index - plan.start + 1;
    const total = Math.max(done, plan.last - plan.start + 1);
    onProgress?.({ done, total, secondsPerFrame, secondsLeft: (total - done) * secondsPerFrame });
  };
}

function sinkOptions(
  scene: Scene,
  source: FrameSource,
  plan: RenderPlan,
): Parameters<typeof openSink>[1] {
  const { quality, codec } = scene.output;
  const fps = toNumber(plan.fps);
  const part = plan.first > 0 || plan.last < plan.frames - 1;
  const trimmed =
    plan.exact ||
    part ||
    (scene.source.type === "video" && (scene.source.start || scene.source.end));
  const audio = source.audio && {
    ...source.audio,
    startSec: source.audio.startSec + plan.first / fps,
    ...(trimmed ? { durationSec: (plan.last - plan.first + 1) / fps } : {}),
  };
  return {
    size: plan.size,
    fps: plan.fps,
    quality,
    ...(codec ? { codec } : {}),
    ...(audio ? { audio } : {}),
  };
}

/** The output must never be the clip that is being read. */
function refuseSource(scene: Scene, file: string): void {
  const input =
    scene.source.type === "video" || scene.source.type === "image" ? scene.source.file : undefined;
  if (input === file) {
    throw new DreamError("OUTPUT_EXISTS", "the output is the source itself", {
      where: file,
      hint: "Choose another output.file, or -o.",
    });
  }
}
