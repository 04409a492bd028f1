import { execa } from "execa";
import { DreamError } from "../errors.ts";
import { ffmpegError, findFfmpeg, runTool } from "./ffmpeg.ts";
import { ffmpegPath, fileOptions, lookAt, refusedKind } from "./input.ts";
import { parseAudio, parseDuration } from "./probe.ts";

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
    : await runTool(ffmpeg, ["-hide_banner", ...fileOptions, "-i", ffmpegPath(file)]);
  const codec = parseAudio(stderr);
  if (codec === undefined) {
    const why = refusedKind(stderr) ?? "ffmpeg finds no sound in it";
    throw new DreamError("NOT_A_SOUND", `this is not a sound: ${why}`, {
      where: file,
      hint: "Anything ffmpeg decodes will do: wav, mp3, m4a, flac, ogg, or a video with sound.",
    });
  }
  return { durationSec: parseDuration(stderr), codec };
}

/** Longer sound is not followed: it is analysed as a whole, 10 MB a minute. */
const longestSec = 3 * 3600;

/** All of a file's first sound from `startSec` on, mixed to mono, −1..1. Throws `FFMPEG_FAILED`, `TOO_LARGE`. */
export async function decodeSound(file: string, startSec = 0): Promise<Float32Array> {
  const { ffmpeg } = await findFfmpeg();
  const start = startSec > 0 ? ["-ss", String(startSec)] : [];
  const args = ["-v", "error", ...fileOptions, ...start, "-i", ffmpegPath(file)];
  // A few bytes may hold any length of silence.
  args.push(
    "-t",
    String(longestSec + 1),
    "-map",
    "0:a:0",
    "-ac",
    "1",
    "-ar",
    String(sampleRate),
    "-f",
    "f32le",
    "-",
  );
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
  if (length / 4 > longestSec * sampleRate) {
    throw new DreamError("TOO_LARGE", "the sound is longer than three hours", {
      where: file,
      hint: "Cut out the part that is to be followed.",
    });
  }
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length - (length % 4)));
}
