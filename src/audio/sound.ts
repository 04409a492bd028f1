import { DreamError } from "../errors.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import { type ClipSound, clipSound, soundInput } from "../video/clip-sound.ts";
import { ffmpegError, findFfmpeg } from "../video/ffmpeg.ts";
import { readHeader } from "../video/header.ts";
import { lookAt } from "../video/input.ts";
import { measureTiming } from "../video/timing.ts";

/** Sample rate for the analysis of sound, Hz. */
export const sampleRate = 44100;

/** Find and measure the sound of a file. Throws `FILE_NOT_FOUND`, `NOT_A_FILE`, `NOT_A_SOUND`. */
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
      video: video?.stream,
    }));
  const sound = header && timing && clipSound(file, header, timing);
  if (sound) return sound;
  const why = refused ?? "ffmpeg finds no sound in it";
  throw new DreamError("NOT_A_SOUND", `this is not a sound: ${why}`, {
    where: file,
    hint: "Every format that ffmpeg decodes is supported: wav, mp3, m4a, flac, ogg, or a video with sound.",
  });
}

/** Maximum length of sound, s. */
const longestSec = 3 * 3600;

/**
 * Decode a sound from `startSec` to `endSec` of its clip, mixed to mono, −1..1 at `sampleRate`, in chunks. Throws
 * `FFMPEG_FAILED`, `TOO_LARGE`, `INTERRUPTED`.
 */
export async function* decodeSound(
  sound: ClipSound,
  startSec = 0,
  endSec?: number,
  signal?: AbortSignal,
): AsyncGenerator<Float32Array, void> {
  const { ffmpeg } = await findFfmpeg();
  const input = await soundInput(sound, startSec, endSec);
  const args = ["-v", "error", ...input.options, "-i", input.file];
  // A file of a few bytes can hold any length of silence.
  args.push("-t", String(longestSec + 1), "-map", `0:${input.map}`, "-af", input.filter);
  args.push("-ac", "1", "-ar", String(sampleRate), "-f", "f32le", "-");
  // Imported when needed: loading it slows the start of the program.
  const { execa } = await import("execa");
  const decoding = execa(ffmpeg, args, {
    encoding: "buffer",
    reject: false,
    stdin: "ignore",
    buffer: { stdout: false },
    cancelSignal: signal,
  });
  let count = 0;
  let rest = Buffer.alloc(0);
  let ended = false;
  try {
    for await (const chunk of decoding.stdout) {
      throwIfInterrupted(signal);
      const bytes = Buffer.concat([rest, chunk as Buffer]);
      const whole = bytes.length - (bytes.length % 4);
      rest = bytes.subarray(whole);
      count += whole / 4;
      if (count > longestSec * sampleRate) throw tooLong(sound);
      // Copied, because a Float32Array must be aligned to four bytes and a pooled buffer may not be.
      const samples = new Float32Array(whole / 4);
      Buffer.from(samples.buffer).set(bytes.subarray(0, whole));
      yield samples;
    }
    ended = true;
  } catch (error) {
    // The signal ends the process, whose stream then fails.
    throwIfInterrupted(signal);
    throw error;
  } finally {
    if (!ended) decoding.kill("SIGKILL");
  }
  const result = await decoding;
  throwIfInterrupted(signal);
  if (result.failed) {
    const words = Buffer.from(result.stderr).toString();
    throw ffmpegError("decoding sound", result.command, words, result);
  }
}

function tooLong({ file }: ClipSound): DreamError {
  return new DreamError("TOO_LARGE", "the sound is longer than three hours", {
    where: file,
    hint: "Cut out the part that the scene uses.",
  });
}
