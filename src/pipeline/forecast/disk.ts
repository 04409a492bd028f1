import { dirname, resolve } from "node:path";
import { freeBytes } from "../../disk/free-space.ts";
import { DreamError } from "../../errors.ts";
import type { Output } from "../../output.ts";
import type { Scene } from "../../scene/scene.ts";
import { lastingCheckpoints } from "../cache/checkpoints.ts";
import type { PreparedRender } from "../plan/prepare.ts";

/** Bits per pixel of dreamed video at quality 18; halves with every 6 steps of the rate factor. */
const bitsPerPixel = 0.9;
/** Bytes per pixel of a dreamed frame as PNG; measured on the example scenes: 1.6 to 2.2. */
const pngPerPixel = 2.2;

export interface DiskNeed {
  /** Size of the finished output. */
  readonly outputBytes: number;
  /** Largest size of the render cache. */
  readonly workBytes: number;
}

/**
 * Predicted disk usage of a render into `target`. `kept`: frames already stored; `parallel`: whether shots are rendered
 * in parallel; `framePngBytes`: measured bytes per frame, if known.
 */
export function predictDisk(
  target: Output,
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
  const video = (pixels * frames * bitsPerPixel * 2 ** ((18 - output.quality) / 6)) / 8;
  return {
    outputBytes: target.type === "frames" ? png * frames : video,
    workBytes: png * (frames - kept) + 12 * pixels * states,
  };
}

/** Throws `DISK_FULL`, with the required space, if the disk of `file` does not have enough room for a render. */
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
    `the render needs about ${sizeText(needed)} of disk space, ${sizeText(workBytes)} of it only until it is done; ${sizeText(room)} are free`,
    {
      where: file,
      hint: "Free some space, choose another disk with -o, or use --force to start anyway.",
    },
  );
}

/** Bytes as a person reads them. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
