/** Where the clips of a film cut: what a render has found, else what is found by looking through the clips, small. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { outputPath } from "../output.ts";
import { workFolderOf } from "../pipeline/cache/cache-folder.ts";
import { type Cuts, cutsName, readCuts } from "../pipeline/cache/known-cuts.ts";
import { findCuts as lookThrough } from "../pipeline/frames/find-cuts.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import type { RenderPlan } from "../pipeline/plan/plan.ts";
import type { PreparedShot } from "../pipeline/plan/prepare.ts";
import { asWhole } from "../pipeline/plan/stretches.ts";
import { motionOnly } from "../scene/motion-only.ts";
import type { Scene } from "../scene/scene.ts";
import type { CutsSummary } from "./api-scene.ts";
import type { SceneNow } from "./calls.ts";
import { frameKeys } from "./finished.ts";
import { smallScene } from "./small-scene.ts";
import type { Layout, Workshop } from "./workshop.ts";

/** Width at which clips are looked through, px: cuts are found in pictures of 96 px. */
const width = 192;
/** Most frames of a clip that are looked at without a render, a minute at 25 fps: each costs 30 to 70 ms of a core. */
const mostFrames = 1500;
/** Frames between two reports. */
const reportEvery = 48;

/** What is known of the cuts of a layout's clips. Nothing is looked for. */
export function knownCuts(workshop: Workshop, { prepared }: Layout): CutsSummary {
  const { plan, shots } = asWhole(prepared);
  const frames: number[] = [];
  let to = plan.frames - 1;
  for (const [number, shot] of shots.entries()) {
    if (shot.still) continue;
    const { offset, frames: length } = plan.shots[number]!;
    const known = workshop.cuts.get(keyOf(shot, plan));
    for (const { first } of known?.segments ?? [])
      if (first > 0 && first < length) frames.push(offset + first);
    const last = Math.max(-1, known?.last ?? -1);
    if (last < length - 1) to = Math.min(to, offset + last);
  }
  return { frames: frames.sort((a, b) => a - b), to };
}

/**
 * Look for the cuts of a scene's clips from where an earlier search ended, and report what is found on the way. Throws what
 * opening the scene throws, `INTERRUPTED`.
 */
export async function findCuts(
  workshop: Workshop,
  now: SceneNow,
  report: (cuts: CutsSummary) => void,
  signal: AbortSignal,
): Promise<CutsSummary> {
  const layout = await workshop.layout(now);
  await takeRendered(workshop, layout);
  const { shots, plan } = asWhole(layout.prepared);
  const numbers = shots.flatMap((shot, number) => {
    const known = workshop.cuts.get(keyOf(shot, plan));
    return shot.still || (known && known.last >= endOf(shot)) ? [] : [number];
  });
  if (numbers.length === 0) return knownCuts(workshop, layout);
  const scene = await smallWithLoop(motionOnly(layout.scene));
  const prepared = await workshop.prepare(scene, { signal });
  try {
    const tools = await workshop.tools(scene, prepared.plan);
    for (const number of numbers) {
      const shot = asWhole(prepared).shots[number]!;
      const key = keyOf(shot, prepared.plan);
      const load = async (): Promise<Cuts | undefined> => workshop.cuts.get(key);
      const save = async (cuts: Cuts): Promise<void> => {
        workshop.cuts.set(key, cuts);
        report(knownCuts(workshop, layout));
      };
      const ended = await lookThrough(shot, tools, {
        ...{ kept: { load, save }, keptEvery: reportEvery, cutsOnly: true, hold: false },
        ...{ to: endOf(shot), signal },
      });
      const found = await load();
      // The last picture of a clip that ends early is held: nothing cuts after it.
      if (ended !== undefined && found) await save({ ...found, last: shot.plan.frames - 1 });
    }
  } finally {
    await prepared.dispose();
  }
  return knownCuts(workshop, layout);
}

/** The last frame of a shot that is looked at. */
function endOf({ plan: { frames, preRoll, warmUp } }: PreparedShot): number {
  return Math.min(frames, mostFrames - preRoll - warmUp) - 1;
}

/** What decides where the source of a shot cuts. */
function keyOf({ plan }: PreparedShot, { fps }: Pick<RenderPlan, "fps">): string {
  return JSON.stringify([plan.shot.source, fps, plan.frames, plan.preRoll]);
}

/** As `smallScene`, with the loop: its pre-roll comes from the clip, and all frames lie later in it. */
async function smallWithLoop(full: Scene): Promise<Scene> {
  const { scene } = await smallScene(full, width);
  const { loop } = full;
  const shots = scene.shots?.map((shot, i) => ({ ...shot, loop: full.shots![i]!.loop }));
  return shots ? { ...scene, loop, shots } : { ...scene, loop };
}

/** Take over what a render of the same clips has kept. */
async function takeRendered(workshop: Workshop, layout: Layout): Promise<void> {
  const { plan, shots } = asWhole(layout.prepared);
  const folder = workFolderOf(outputPath(outputOf(layout.scene)), false);
  const names = new Set(await readdir(folder).catch(() => []));
  if (![...names].some((name) => name.startsWith("cuts-"))) return;
  const keys = await frameKeys(workshop, layout);
  for (const [number, shot] of shots.entries()) {
    const name = cutsName(number, keys.ofCuts(number));
    if (shot.still || !names.has(name)) continue;
    const found = await readCuts(join(folder, name));
    const key = keyOf(shot, plan);
    const before = workshop.cuts.get(key);
    if (found && found.last > (before?.last ?? Number.NEGATIVE_INFINITY))
      workshop.cuts.set(key, found);
  }
}
