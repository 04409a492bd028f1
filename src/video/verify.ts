import { extname } from "node:path";
import sharp from "sharp";
import { DreamError, messageOf } from "../errors.ts";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { countFramesOf } from "./probe.ts";

/** Decode a whole finished video. Throws `OUTPUT_BROKEN` if that fails or it does not have `frames` frames. */
export async function verifyVideo(file: string, frames: number): Promise<void> {
  // ffmpeg writes animated WebP but does not read it.
  const found = extname(file) === ".webp" ? await countPages(file) : await countFrames(file);
  if (found === frames) return;
  throw new DreamError(
    "OUTPUT_BROKEN",
    typeof found === "string"
      ? `the finished video cannot be decoded: ${found}`
      : `the finished video has ${found} frames instead of ${frames}`,
    { where: file, hint: "Run the same command again: only the encoding is repeated." },
  );
}

async function countFrames(file: string): Promise<number | string> {
  const { ffmpeg } = await findFfmpeg();
  const args = ["-v", "error", "-xerror", "-i", `file:${file}`, "-map", "0:v:0"];
  args.push("-vsync", "0", "-f", "framecrc", "pipe:1");
  // The file is our own and may be long, and the output has one line per frame.
  const limits = { timeout: 0, maxBuffer: 2 ** 30 };
  const { failed, stdout, stderr } = await runTool(ffmpeg, args, limits);
  if (failed || stderr.trim()) return stderr.trim().split("\n").slice(-2).join("; ");
  return countFramesOf(stdout);
}

async function countPages(file: string): Promise<number | string> {
  try {
    const picture = sharp(file, { animated: true, failOn: "error" });
    const { pages = 1 } = await picture.metadata();
    await picture.stats();
    return pages;
  } catch (error) {
    return messageOf(error);
  }
}
