/** Turning a knob while a scene is rendered: the value changes from the frame that is being dreamed on. */
import { Refused } from "./answer.ts";
import type { Steered, SteerRequest } from "./api-render.ts";
import type { SceneSummary, ValueSummary } from "./api-scene.ts";
import type { StudioContext } from "./context.ts";
import { editScene, type SceneEdit } from "./edit/edit-scene.ts";
import { type Beside, besideOf } from "./edit/together.ts";

/**
 * Write a key at the time of the frame that is being dreamed and save the scene, whose render then goes on from that frame.
 * Frames before it keep their values. Throws `Refused`.
 */
export async function steer(
  { folder, dreams, renders }: StudioContext,
  { id, path, value }: SteerRequest,
): Promise<Steered> {
  const { path: scenePath } = renders.progressOf(id);
  const { text, version } = await folder.read(scenePath);
  const { scene, problems } = await dreams.check({ path: scenePath, text });
  if (!scene)
    throw new Refused(409, "CONFLICT", `the scene has a problem: ${problems[0]?.message ?? ""}`);
  // As late as can be: frames that are dreamed meanwhile stay.
  const { frame } = renders.progressOf(id);
  const shot = scene.shots.findLast(({ startFrame }) => startFrame <= frame) ?? scene.shots[0]!;
  const number = scene.values.some((one) => one.shot !== undefined) ? shot.index : undefined;
  const own = scene.values.find(
    (one) => one.shot === number && one.path.join("\0") === path.join("\0"),
  );
  if (!own) throw new Refused(404, "NOT_FOUND", `the scene has no value ${path.join(".")}`);
  const local = Math.min(frame, shot.endFrame) - shot.startFrame;
  const edits = steerEdits(scene, own, {
    local,
    length: shot.endFrame - shot.startFrame + 1,
    value,
  });
  const edited = editScene(text, edits, shot.timing);
  renders.willSteer(id, edited);
  const saved = await folder.save(scenePath, edited, version);
  if (!saved.saved) throw new Refused(409, "CONFLICT", "the scene has been changed meanwhile");
  renders.steered(id, await folder.confines.writable(scenePath), edited);
  return { version: saved.version, text: edited, timeSec: frame / scene.fps };
}

/** The keys for a value that changes at a frame of its shot, and stays as it was before. */
function steerEdits(
  { fps, values }: SceneSummary,
  own: ValueSummary,
  {
    local,
    length,
    value,
  }: { readonly local: number; readonly length: number; readonly value: number },
): SceneEdit[] {
  const timeSec = local / fps;
  const { path } = own;
  const place = own.shot === undefined ? {} : { shot: own.shot };
  const besideAt = (frame: number): Beside =>
    besideOf(own, values, (one) => valueAt(one, frame, length));
  // From the start on there is nothing before it that has to stay.
  if (local === 0 && own.keys.length === 0)
    return [{ type: "key", ...place, path, timeSec: 0, value, ...besideAt(0) }];
  const moving = own.keys.some((key) => key.timeSec > timeSec + 1e-9);
  const before: SceneEdit[] =
    moving && local > 0
      ? [
          {
            type: "key",
            ...place,
            path,
            timeSec: (local - 1) / fps,
            value: valueAt(own, local - 1, length),
            ...besideAt(local - 1),
          },
        ]
      : [];
  const key = {
    type: "key",
    ...place,
    path,
    timeSec,
    value,
    ease: "hold",

    ...besideAt(local),
  } as const;
  return [...before, key];
}

function valueAt({ samples, value }: ValueSummary, frame: number, length: number): number {
  if (!samples || samples.length < 2 || length < 2) return samples?.[0] ?? value;
  const place = (frame / (length - 1)) * (samples.length - 1);
  const low = Math.min(samples.length - 2, Math.floor(place));
  return samples[low]! + (samples[low + 1]! - samples[low]!) * (place - low);
}
