/** What a look at a film that feeds back goes on from: finished frames of a render, and frames of earlier looks. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Frame } from "../frame.ts";
import { readImage } from "../image/image.ts";
import { outputPath } from "../output.ts";
import { CacheFolder } from "../pipeline/cache/cache-folder.ts";
import type { ShotCheckpoints } from "../pipeline/frames/to-make.ts";
import { outputOf } from "../pipeline/plan/output-name.ts";
import { isSeenAlone } from "../pipeline/plan/plan.ts";
import type { PreparedRender } from "../pipeline/plan/prepare.ts";
import { goesOn, type Scene } from "../scene/scene.ts";
import type { FinishedCallResult } from "./calls.ts";
import { findFinished, knowsKeys } from "./finished.ts";
import type { ChainStart, LookFrames } from "./look-frames.ts";
import { placeOf } from "./look-impression.ts";
import type { Workshop } from "./workshop.ts";

export interface LookStarts {
  /** What the frames that were taken had begun with; undefined where none was taken. */
  readonly from: ChainStart | undefined;
  /** Be told of every frame that is dreamed. */
  watch(onFrame: (picture: Frame) => Promise<void>): void;
  /** Of a shot, by its number. */
  of(shot: number): ShotCheckpoints;
}

/** Frames whose keys take longer than the first picture may. */
const longFilm = 1500;

interface Call {
  readonly file: string;
  readonly text: string;
  readonly frame: number;
  readonly full: Scene;
  /** Whether all frames before can be dreamed: what began at the source in their place is not taken. */
  readonly isWhole: boolean;
}

/**
 * Starts for a look at `prepared`, which is at the look's size; undefined where no frame goes on from another. Frames in a
 * crossfade belong to no shot alone, and are not taken from a render.
 */
export async function startsOf(
  workshop: Workshop,
  call: Call,
  prepared: PreparedRender,
): Promise<LookStarts | undefined> {
  const { full, isWhole } = call;
  if (!(full.shots ?? [full]).some(goesOn)) return undefined;
  const rendered = await renderedBefore(workshop, call);
  const { plan } = prepared;
  const origin = createHash("sha256").update(`${call.file}\n${call.text}`).digest("hex");
  const keyOf = (shot: number, local: number): string =>
    `${origin} ${plan.size.width} ${shot} ${local}`;
  const { lookFrames } = workshop;
  let from: ChainStart | undefined;
  let tell: (picture: Frame) => Promise<void> = async () => {};
  const take = (one: ChainStart): void => {
    // The least exact of several shots counts.
    if (from === undefined || from === "start" || one === "source") from = one;
  };
  const knownAt = (shot: number, local: number): ReturnType<LookFrames["get"]> => {
    const known = lookFrames.get(keyOf(shot, local));
    return isWhole && known?.from === "source" ? undefined : known;
  };
  const nameOf = (shot: number, local: number): string | undefined => {
    const seen = local >= 0 && isSeenAlone(plan, shot, local);
    return seen ? rendered?.names.get(plan.shots[shot]!.offset + local) : undefined;
  };
  return {
    get from() {
      return from;
    },
    watch(onFrame) {
      tell = onFrame;
    },
    of: (shot) => ({
      isLasting: () => false,
      has: (local) => nameOf(shot, local) !== undefined || knownAt(shot, local) !== undefined,
      async load(local) {
        const name = nameOf(shot, local);
        if (name !== undefined && rendered) {
          take("render");
          return readImage(join(rendered.cache, name), plan.size);
        }
        const known = knownAt(shot, local)!;
        take(known.from);
        return known.frame;
      },
      async save(local, picture) {
        const begin = from ?? (isWhole ? "start" : "source");
        lookFrames.keep(
          keyOf(shot, local),
          picture,
          begin,
          placeOf(call.file, prepared, shot, local),
        );
        await tell(picture);
      },
    }),
  };
}

/** Finished frames before the one that is looked at, by number. */
async function renderedBefore(
  workshop: Workshop,
  { file, text, frame, full }: Call,
): Promise<(Pick<FinishedCallResult, "cache"> & { names: Map<number, string> }) | undefined> {
  if (!(await CacheFolder.exists(outputPath(outputOf(full)), false))) return undefined;
  // A key depends on all frames before: in a long film they are worked out when the page asks for finished frames.
  if (frame > longFilm && !(await knowsKeys(workshop, { file, text }))) return undefined;
  const { files, cache } = await findFinished(workshop, { file, text });
  return { cache, names: new Map(files.filter(([index]) => index < frame)) };
}
