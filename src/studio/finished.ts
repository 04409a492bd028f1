/** The frames of a scene that its render cache holds, for the present text. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { outputPath } from "../output.ts";
import { workFolderOf } from "../pipeline/cache/cache-folder.ts";
import { frameName } from "../pipeline/cache/finished-frames.ts";
import { FrameKeys } from "../pipeline/cache/frame-keys.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import { SceneFiles } from "../pipeline/plan/scene-files.ts";
import { toNumber } from "../video/rational.ts";
import type { FinishedCall, FinishedCallResult, SceneNow } from "./calls.ts";
import type { Layout, Workshop } from "./workshop.ts";

const keysOf = new WeakMap<Layout, Promise<FrameKeys>>();

/** The keys of a layout's frames, computed once. */
export function frameKeys(workshop: Workshop, layout: Layout): Promise<FrameKeys> {
  const known = keysOf.get(layout);
  if (known) return known;
  const keys = SceneFiles.read(layout.scene, workshop.hash).then((files) =>
    FrameKeys.of(layout.prepared, files, {}),
  );
  keysOf.set(layout, keys);
  keys.catch(() => keysOf.delete(layout));
  return keys;
}

/** Whether the keys of a text's frames have been worked out. */
export async function knowsKeys(
  workshop: Workshop,
  now: Pick<SceneNow, "file" | "text">,
): Promise<boolean> {
  return keysOf.has(await workshop.layout(now));
}

/** Which frames are finished, and where they are. Throws what `prepareRender` throws. */
export async function findFinished(
  workshop: Workshop,
  now: Pick<FinishedCall, "file" | "text" | "caches">,
): Promise<FinishedCallResult> {
  const layout = await workshop.layout(now);
  const { plan } = layout.prepared;
  const output = outputPath(outputOf(layout.scene));
  const cache = workFolderOf(output, false);
  const present = new Map<string, string>();
  for (const other of now.caches ?? [])
    for (const name of await namesIn(other)) present.set(name, join(other, name));
  for (const name of await namesIn(cache)) present.set(name, name);
  const frames = [...present.keys()].flatMap(
    (name) => /^frame-(\d+)\./.exec(name)?.slice(1).map(Number) ?? [],
  );
  const files: [number, string][] = [];
  if (frames.length > 0) {
    const keys = await frameKeys(workshop, layout);
    for (const index of [...new Set(frames)].sort((a, b) => a - b)) {
      if (index >= plan.frames) continue;
      const file = present.get(frameName(index, keys.ofFilm(index)));
      if (file !== undefined) files.push([index, file]);
    }
  }
  const { size, fps } = plan;
  return { frames: plan.frames, fps: toNumber(fps), size, cache, files, output };
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
