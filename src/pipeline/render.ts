import PQueue from "p-queue";
import { DreamError } from "../errors.ts";
import { FlowEstimator } from "../flow/optical-flow.ts";
import { Warper } from "../flow/warp.ts";
import type { Frame } from "../frame.ts";
import { type Engine, isLarge } from "../runtime/engine.ts";
import type { Scene } from "../scene/scene.ts";
import { guardExisting } from "../video/existing-output.ts";
import { toNumber } from "../video/rational.ts";
import { checkOutput, type FrameSink, openSink } from "../video/sink.ts";
import { countDreamed, dreamFilm } from "./film.ts";
import type { StepTools } from "./frame-step.ts";
import { checkMemory } from "./memory.ts";
import type { RenderPlan } from "./plan.ts";
import { type PrepareOptions, prepareRender } from "./prepare.ts";
import { audioPieces } from "./sound.ts";

export interface RenderProgress {
  /** Frames done and to do, of those that are dreamed in this run. */
  readonly done: number;
  readonly total: number;
  /** Mean over the last frames. */
  readonly secondsPerFrame: number;
  readonly secondsLeft: number;
}

export interface RenderOptions extends PrepareOptions {
  /** Instead of the scene's own. */
  readonly output?: string;
  /** Replace an output that dreamreel did not make, and begin though memory will hardly do. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RenderProgress) => void;
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
  const { quality, codec } = scene.output;
  for (const shot of scene.shots ?? [scene]) refuseSource(shot, file);
  checkOutput(file, codec);
  if (!options.force) await guardExisting(file);
  const prepared = await prepareRender(scene, options);
  try {
    const { plan, engine } = prepared;
    if (!options.force) checkMemory(prepared, options);
    const audio = audioPieces(prepared, scene);
    const sink = await openSink(file, {
      size: plan.size,
      fps: plan.fps,
      quality,
      audio,
      ...(codec ? { codec } : {}),
    });
    const meter = progressMeter(countDreamed(prepared), options.onProgress);
    const tools = stepTools(engine, plan, options);
    const { signal } = options;
    const film = dreamFilm(prepared, tools, { onDreamed: meter, ...(signal ? { signal } : {}) });
    const frames = await writeAll(film, sink);
    return { file, frames, seconds: (performance.now() - started) / 1000 };
  } finally {
    await prepared.dispose();
  }
}

/** What every frame of a render is made with, beside its network. */
export function stepTools(
  engine: Engine,
  plan: RenderPlan,
  { preview = false }: PrepareOptions,
): Omit<StepTools, "dreamer"> {
  const [warper, flow] = [new Warper(engine), new FlowEstimator(engine)];
  return { warper, flow, fps: toNumber(plan.fps), preview };
}

/** Write frames as they come, encoding behind. Finishes or aborts the sink. */
async function writeAll(film: AsyncIterable<Frame>, sink: FrameSink): Promise<number> {
  const writing = new PQueue({ concurrency: 1 });
  let failure: unknown;
  let written = 0;
  try {
    for await (const frame of film) {
      if (failure) throw failure;
      written++;
      await writing.onSizeLessThan(isLarge(frame.height, frame.width) ? 1 : 4);
      writing
        .add(() => sink.write(frame))
        .catch((error: unknown) => {
          failure ??= error;
        });
    }
    await writing.onIdle();
    if (failure) throw failure;
    await sink.finish();
    return written;
  } catch (error) {
    writing.clear();
    await sink.abort();
    throw error;
  }
}

function progressMeter(total: number, onProgress: RenderOptions["onProgress"]): () => void {
  const times: number[] = [performance.now()];
  return () => {
    times.push(performance.now());
    const recent = times.slice(-11);
    const secondsPerFrame = (recent.at(-1)! - recent[0]!) / 1000 / (recent.length - 1);
    const done = times.length - 1;
    // A source may be longer than its container says.
    const all = Math.max(done, total);
    onProgress?.({
      done,
      total: all,
      secondsPerFrame,
      secondsLeft: (all - done) * secondsPerFrame,
    });
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
