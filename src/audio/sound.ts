import { execa } from "execa";
import { DreamError } from "../errors.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { type ClipSound, clipSound, soundInput } from "../video/clip-sound.ts";
import { ffmpegError, findFfmpeg } from "../video/ffmpeg.ts";
import { readHeader } from "../video/header.ts";
import { lookAt } from "../video/input.ts";
import { measureTiming } from "../video/timing.ts";

/** Samples per second that sound is analysed at. */
export const sampleRate = 44100;

/** Look into a file for sound. Throws `FILE_NOT_FOUND`, `NOT_A_SOUND`. */
export async function probeSound(file: string): Promise<ClipSound> {
  const found = await lookAt(file, "sound");
  const { header, refused } = found.isDirectory()
    ? { header: undefined, refused: undefined }
    : await readHeader(file);
  const { format = "", video, audio } = header ?? {};
  const timing =
    audio &&
    (await measureTiming(file, {
      format,
      audio: audio.stream,
      ...(video ? { video: video.stream } : {}),
    }));
  const sound = header && timing && clipSound(file, header, timing);
  if (sound) return sound;
  const why = refused ?? "ffmpeg finds no sound in it";
  throw new DreamError("NOT_A_SOUND", `this is not a sound: ${why}`, {
    where: file,
    hint: "Anything ffmpeg decodes will do: wav, mp3, m4a, flac, ogg, or a video with sound.",
  });
}

/** Longer sound is not followed: it is analysed as a whole, 10 MB a minute. */
const longestSec = 3 * 3600;

/**
 * What is heard from `startSec` of a sound's clip on, up to `endSec`, mixed to mono, −1..1. Throws `FFMPEG_FAILED`,
 * `TOO_LARGE`, `INTERRUPTED`.
 */
export async function decodeSound(
  sound: ClipSound,
  startSec = 0,
  endSec?: number,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { ffmpeg } = await findFfmpeg();
  const input = await soundInput(sound, startSec, endSec);
  const args = ["-v", "error", ...input.options, "-i", input.file];
  // A few bytes may hold any length of silence.
  args.push(
    "-t",
    String(longestSec + 1),
    "-map",
    `0:${input.map}`,
    "-af",
    input.filter,
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
    ...(signal ? { cancelSignal: signal } : {}),
  });
  throwIfInterrupted(signal);
  if (result.failed) {
    const words = Buffer.from(result.stderr).toString();
    throw ffmpegError("decoding sound", result.command, words, result);
  }
  const { buffer, byteOffset, length } = result.stdout;
  if (length / 4 > longestSec * sampleRate) {
    throw new DreamError("TOO_LARGE", "the sound is longer than three hours", {
      where: sound.file,
      hint: "Cut out the part to use.",
    });
  }
  const count = Math.floor(length / 4);
  // Three hours take two gigabytes: they are not copied without need.
  if (byteOffset % 4 === 0) return new Float32Array(buffer as ArrayBuffer, byteOffset, count);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + 4 * count));
}
