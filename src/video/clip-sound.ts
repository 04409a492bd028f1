import { ffmpegPath, fileOptions } from "./input.ts";
import { placeBefore, seekOptions, type Timing } from "./timing.ts";

/**
 * The sound of a file, timed relative to its pictures: 0 is the first picture, or the sound's own start if there are
 * no pictures.
 */
export interface ClipSound {
  readonly file: string;
  /** ffmpeg's number of the stream. */
  readonly stream: number;
  readonly codec: string;
  /** ffmpeg's names of the container. */
  readonly format: string;
  /** Time of its first sample, s; negative if the pictures begin later. */
  readonly delaySec: number;
  /** Time of the sound's last sample, s from the clip's start. */
  readonly durationSec: number;
  /** Time of its first sample on ffmpeg's clock, s. */
  readonly originSec: number;
}

/** The sound of a file whose streams are chosen and measured; undefined if there is none or it is empty. */
export function clipSound(
  file: string,
  header: {
    readonly format: string;
    readonly audio: { readonly stream: number; readonly codec: string } | undefined;
  },
  { audio, delaySec }: Timing,
): ClipSound | undefined {
  if (!header.audio || !audio) return undefined;
  const { originSec, durationSec } = audio;
  return {
    file,
    ...header.audio,
    format: header.format,
    delaySec,
    durationSec: delaySec + durationSec,
    originSec,
  };
}

/** ffmpeg arguments that read a part of a sound. */
export interface SoundInput {
  readonly file: string;
  /** Before `-i`. */
  readonly options: readonly string[];
  readonly map: string;
  /** Output starts at `startSec`; gaps and missing sound are silence. */
  readonly filter: string;
}

/** Read `sound` from `startSec` of its clip to `endSec`. */
export async function soundInput(
  { file, stream, format, delaySec, originSec }: ClipSound,
  startSec: number,
  endSec: number = Number.POSITIVE_INFINITY,
): Promise<SoundInput> {
  const startAt = originSec - delaySec + startSec;
  const seekSec = await placeBefore(file, format, stream, startAt);
  const shift = startAt - seekSec;
  const end = Number.isFinite(endSec) ? `:end=${(endSec - startSec).toFixed(6)}` : "";
  return {
    file: ffmpegPath(file),
    options: [...fileOptions, ...seekOptions(seekSec)],
    map: `${stream}`,
    filter: `asetpts=PTS-(${shift.toFixed(6)})/TB,atrim=start=0${end},aresample=async=1:first_pts=0`,
  };
}
