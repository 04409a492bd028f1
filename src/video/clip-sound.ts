import { ffmpegPath, fileOptions } from "./input.ts";
import { placeBefore, seekOptions, type Timing } from "./timing.ts";

/** A sound in a file, on the clock of what is seen with it: 0 is the first picture, or its own start where there is none. */
export interface ClipSound {
  readonly file: string;
  /** ffmpeg's number of the stream. */
  readonly stream: number;
  readonly codec: string;
  /** ffmpeg's names of the container. */
  readonly format: string;
  /** When its first sample is heard, s; negative where pictures begin later. */
  readonly delaySec: number;
  /** From the clip's start to the sound's last sample, s. */
  readonly durationSec: number;
  /** When its first sample comes on ffmpeg's clock, s. */
  readonly originSec: number;
}

/** The sound of a file whose streams have been chosen and measured; undefined where it has none, or an empty one. */
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

/** A part of a sound as ffmpeg reads it. */
export interface SoundInput {
  readonly file: string;
  /** Before `-i`. */
  readonly options: readonly string[];
  readonly map: string;
  /** Its first sample is what is heard at `startSec`; silence where there is nothing yet, or in between. */
  readonly filter: string;
}

/** Read `sound` from `startSec` of its clip on, up to `endSec`. */
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
