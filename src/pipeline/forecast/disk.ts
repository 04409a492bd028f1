import { dirname, resolve } from "node:path";
import { freeBytes } from "../../disk/free-space.ts";
import { DreamError } from "../../errors.ts";
import type { Scene } from "../../scene/scene.ts";
import { lastingCheckpoints } from "../cache/checkpoints.ts";
import type { PreparedRender } from "../plan/prepare.ts";

/** Bits a pixel of dreamed video takes at quality 18; halves with every 6 steps of the rate factor. */
const bitsPerPixel = 0.9;
/** Bytes a pixel of a dreamed frame takes as PNG, measured on the example scenes: 1.6 to 2.2. */
const pngPerPixel = 2.2;

export interface DiskNeed {
  /** The finished output. */
  readonly outputBytes: number;
  /** The work folder at its largest. */
  readonly workBytes: number;
}

/**
 * What a render into `file` takes on the disk. `kept`: frames that are there already; `parallel`: whether shots are dreamed at
 * once, parallel of the film; `framePngBytes`: what a frame takes, where that has been measured.
 */
export function predictDisk(
  file: string,
  { plan }: Pick<PreparedRender, "plan">,
  { output }: Scene,
  {
    kept = 0,
    parallel = false,
    framePngBytes,
  }: { readonly kept?: number; readonly parallel?: boolean; readonly framePngBytes?: number } = {},
): DiskNeed {
  const pixels = plan.size.width * plan.size.height;
  const png = framePngBytes ?? pngPerPixel * pixels;
  const frames = plan.last - plan.first + 1;
  const states = plan.shots.reduce((sum, shot, i) => {
    const faded = shot.fade + (plan.shots[i + 1]?.fade ?? 0);
    return sum + lastingCheckpoints(shot, plan.fps, parallel ? faded : 0);
  }, 0);
  const asFrames = /[/\\]$/.test(file);
  const video = (pixels * frames * bitsPerPixel * 2 ** ((18 - output.quality) / 6)) / 8;
  return {
    outputBytes: asFrames ? png * frames : video,
    workBytes: png * (frames - kept) + 12 * pixels * states,
  };
}

/** Throws `DISK_FULL` where the disk of `file` has no room for a render, with what it would take. */
export async function checkDisk(
  file: string,
  { outputBytes, workBytes }: DiskNeed,
  free?: number,
): Promise<void> {
  const room = free ?? (await freeBytes(dirname(resolve(file))));
  const needed = outputBytes + workBytes;
  if (room === undefined || needed <= room) return;
  throw new DreamError(
    "DISK_FULL",
    `the render would take about ${size(needed)} of disk, ${size(workBytes)} of it until it is done; ${size(room)} are free`,
    {
      where: file,
      hint: "Make room, choose another disk with -o, or try all the same with --force.",
    },
  );
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
