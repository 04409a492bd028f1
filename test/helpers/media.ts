/** Clips and pictures made by ffmpeg for tests, and independent checks of outputs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { findFfmpeg } from "../../src/video/ffmpeg.ts";

/** A temporary folder that is removed by `await using folder = await temporaryFolder()` or by `remove()`. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "dreamreel-test-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Run ffmpeg with these arguments, which name the output file. */
export async function ffmpeg(...args: readonly string[]): Promise<void> {
  const { ffmpeg: program } = await findFfmpeg();
  await execa(program, ["-v", "error", "-y", ...args]);
}

/** Decode a video to raw RGB with ffmpeg alone; no frame is repeated or dropped. */
export async function decodeAll(
  file: string,
  width: number,
  height: number,
): Promise<Uint8Array[]> {
  const { ffmpeg: program } = await findFfmpeg();
  const { stdout } = await execa(
    program,
    [
      "-v",
      "error",
      "-i",
      file,
      "-map",
      "0:v:0",
      "-vsync",
      "0",
      "-f",
      "rawvideo",
      "-pix_fmt",
      "rgb24",
      "-",
    ],
    {
      encoding: "buffer",
    },
  );
  const size = 3 * width * height;
  return Array.from({ length: Math.floor(stdout.length / size) }, (_, i) =>
    stdout.subarray(i * size, (i + 1) * size),
  );
}

/** Mono sound at 8000 samples per second, −1..1. */
export async function decodeSound(file: string): Promise<Float32Array> {
  const { ffmpeg: program } = await findFfmpeg();
  const { stdout } = await execa(
    program,
    ["-v", "error", "-i", file, "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "f32le", "-"],
    { encoding: "buffer" },
  );
  return new Float32Array(
    stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length),
  );
}

/** Time at which a sound first rises above silence, s. */
export function firstSound(samples: Float32Array): number {
  return samples.findIndex((v) => Math.abs(v) > 0.05) / 8000;
}
