import { Dreamer } from "../../dream/dreamer.ts";
import type { Network } from "../../network.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import type { RenderCache } from "../cache/render-cache.ts";
import { type FilmOptions, partsOf } from "../frames/film.ts";
import type { FrameWriter } from "../frames/frame-writer.ts";
import { frameTools, toolsFor } from "../frames/step-tools.ts";
import { framesToMake } from "../frames/to-make.ts";
import type { PlanOptions } from "../plan/plan-shot.ts";
import type { PreparedRender } from "../plan/prepare.ts";
import { dreamPart } from "./dream-part.ts";
import type { Scheduler } from "./scheduler.ts";

export interface ParallelOptions extends PlanOptions {
  readonly scheduler: Scheduler;
  /** Number of parallel shots, and the memory of each, bytes. */
  readonly atOnce: number;
  readonly bytes: number;
  readonly cache: RenderCache;
  readonly writer: FrameWriter;
}

/** Number of shots with frames to dream. */
export function countShots(prepared: PreparedRender, film: FilmOptions): number {
  return partsToDream(prepared, film).length;
}

/**
 * Render the shots of a film in parallel on the CPU, ahead of the film. Frames that show a single shot are finished
 * and stored; for other frames, checkpoints are stored. The film then runs as usual and loads them. The first error
 * stops all shots and is thrown.
 */
export async function dreamShotsInParallel(
  prepared: PreparedRender,
  film: FilmOptions,
  { scheduler, atOnce, bytes, cache, writer, ...options }: ParallelOptions,
): Promise<void> {
  const { plan } = prepared;
  const stop = new AbortController();
  const signal = film.signal ? AbortSignal.any([film.signal, stop.signal]) : stop.signal;
  const waiting = partsToDream(prepared, { ...film, signal });
  /** Render shots one at a time with one engine. */
  const dreamSome = async (): Promise<void> => {
    const engine = await selectEngine("cpu", scheduler.cpu);
    const tools = toolsFor(frameTools(engine), plan, options);
    const dreamers = new Map<Network, Dreamer>();
    try {
      for (;;) {
        const part = signal.aborted ? undefined : waiting.shift();
        if (!part) return;
        const { shot } = part;
        const { network } = shot.dreamer;
        const dreamer = dreamers.get(network) ?? new Dreamer(network, engine);
        dreamers.set(network, dreamer);
        await dreamPart({ ...part, shot: { ...shot, dreamer } }, tools, { plan, cache, writer });
      }
    } finally {
      await engine.dispose();
    }
  };
  let failure: unknown;
  const running = Array.from({ length: atOnce }, () =>
    scheduler.run(bytes, dreamSome).catch((error: unknown) => {
      failure ??= error;
      stop.abort();
    }),
  );
  await Promise.all(running);
  await writer.finish();
  if (failure) throw failure;
}

function partsToDream(prepared: PreparedRender, film: FilmOptions): ReturnType<typeof partsOf> {
  return partsOf(prepared, film).filter(
    ({ shot, range }) => framesToMake(shot.plan, range).size > 0,
  );
}
