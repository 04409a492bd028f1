/** A render, in a process of its own. */
import { renderScene } from "../pipeline/render/render.ts";
import { parseScene } from "../scene/parse.ts";
import type { RenderCall, RenderDone, RenderReport } from "./calls.ts";

/**
 * Render a scene into its output, from where an earlier render of it ended. What is finished when `signal` fires is kept.
 * Throws what `renderScene` throws.
 */
export async function renderNow(
  { text, file, frames, output, cacheOf, force = false }: RenderCall,
  report: (report: RenderReport) => void,
  signal: AbortSignal,
): Promise<RenderDone> {
  const result = await renderScene(parseScene(text, { path: file }), {
    signal,
    force,
    ...(frames ? { frames } : {}),
    ...(output === undefined ? {} : { output }),
    ...(cacheOf === undefined ? {} : { cacheOf }),
    onNotice: (message) => report({ type: "notice", message }),
    onProgress: ({ done, total, secondsPerFrame, secondsLeft }) =>
      report({ type: "progress", done, total, secondsPerFrame, secondsLeft }),
    onFrame: (index, name) => report({ type: "frame", index, name }),
  });
  return { file: result.file, frames: result.frames, upToDate: result.upToDate };
}
