import { execa } from "execa";
import { DreamError } from "../errors.ts";
import { ffmpegError, findFfmpeg, runTool } from "./ffmpeg.ts";
import { lookAt, parseDuration } from "./probe.ts";

/** Samples per second that sound is analysed at. */
export const sampleRate = 44100;

/** What is known of a sound before it is decoded. */
export interface SoundInfo {
  readonly durationSec: number;
  readonly codec: string;
}

/** Look into a file for sound. Throws `FILE_NOT_FOUND`, `NOT_A_SOUND`. */
export async function probeSound(file: string): Promise<SoundInfo> {
  const found = await lookAt(file, "sound");
  const { ffmpeg } = await findFfmpeg();
  const { stderr } = found.isDirectory()
    ? { stderr: "" }
    : await runTool(ffmpeg, ["-hide_banner", "-i", file]);
  const codec = /Stream #0:\d+.*?: Audio: (\w+)/.exec(stderr)?.[1];
  if (codec === undefined) {
    throw new DreamError("NOT_A_SOUND", "ffmpeg finds no sound in this file", {
      where: file,
      hint: "Anything ffmpeg decodes will do: wav, mp3, m4a, flac, ogg, or a video with sound.",
    });
  }
  return { durationSec: parseDuration(stderr), codec };
}

/** All of a file's first sound from `startSec` on, mixed to mono, −1..1. Throws `FFMPEG_FAILED`. */
export async function decodeSound(file: string, startSec = 0): Promise<Float32Array> {
  const { ffmpeg } = await findFfmpeg();
  const args = ["-v", "error", ...(startSec > 0 ? ["-ss", String(startSec)] : []), "-i", file];
  args.push("-map", "0:a:0", "-ac", "1", "-ar", String(sampleRate), "-f", "f32le", "-");
  const result = await execa(ffmpeg, args, {
    encoding: "buffer",
    reject: false,
    stdin: "ignore",
    maxBuffer: 2 ** 31,
  });
  if (result.failed) {
    const words = Buffer.from(result.stderr).toString();
    throw ffmpegError("decoding sound", result.command, words, result);
  }
  const { buffer, byteOffset, length } = result.stdout;
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length - (length % 4)));
}
