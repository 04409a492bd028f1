import type ffmpeg from "fluent-ffmpeg";
import { type SoundInput, soundInput } from "./clip-sound.ts";
import type { Encoding } from "./containers.ts";
import type { AudioPiece } from "./sink.ts";

/** Channel layouts that every encoder supports; some use side channels for back channels. */
const layouts = "aformat=channel_layouts=7.1|6.1|5.1|5.0|quad|3.0|stereo|mono";
/** Sample rate of concatenated sound, Hz. */
const rate = 48000;
/** Largest offset in s between copied sound and the pictures; sound with a larger one is cut or padded. */
const closeSec = 0.05;

/** A piece of sound with the ffmpeg arguments that read it; absent for silence. */
export interface OpenPiece extends AudioPiece {
  readonly input?: SoundInput;
}

/** Find the seek positions of the pieces. */
export async function openPieces(pieces: readonly AudioPiece[]): Promise<OpenPiece[]> {
  return Promise.all(
    pieces.map(async (piece) => {
      const { sound, startSec = 0, endSec = Number.POSITIVE_INFINITY, durationSec } = piece;
      const end = Math.min(endSec, startSec + durationSec);
      return sound && end > startSec && sound.delaySec < end
        ? { ...piece, input: await soundInput(sound, startSec, end) }
        : piece;
    }),
  );
}

/**
 * Whether sound can be copied into a container: a single piece that begins with its clip, in a codec that the
 * container holds.
 */
export function mayCopy(encoding: Encoding, pieces: readonly AudioPiece[]): boolean {
  const [{ sound, startSec = 0 } = {}, ...others] = pieces;
  // Copied packets cannot be cut in the middle.
  const begins = sound !== undefined && startSec === 0 && Math.abs(sound.delaySec) < closeSec;
  return others.length === 0 && begins && encoding.audioCopies.includes(sound.codec);
}

/**
 * Add the sound inputs to `command` and return its output options. A single piece is copied on request, else encoded;
 * several are concatenated with sample accuracy.
 */
export function addSound(
  command: ffmpeg.FfmpegCommand,
  encoding: Encoding,
  pieces: readonly OpenPiece[],
  copy: boolean,
): string[] {
  if (pieces.every(({ input }) => !input)) return [];
  const [{ sound, input, durationSec } = { durationSec: 0 }] = pieces;
  if (copy && sound && input) {
    command.input(input.file).inputOptions([...input.options]);
    // Align the sound with the pictures and limit it to their duration.
    command.inputOptions(["-itsoffset", (sound.delaySec - sound.originSec).toFixed(6)]);
    command.inputOptions(["-t", durationSec.toFixed(6)]);
    return ["-map", `1:${input.map}`, "-c:a", "copy"];
  }
  const joined = pieces.length === 1 ? loneSound(command, input!) : joinSound(command, pieces);
  return [...joined, "-c:a", encoding.audio!, "-b:a", "192k"];
}

function loneSound(command: ffmpeg.FfmpegCommand, input: SoundInput): string[] {
  command.input(input.file).inputOptions([...input.options]);
  return ["-map", `1:${input.map}`, "-filter:a", `${input.filter},${layouts}`];
}

/** Cut or pad each piece to its exact length, then concatenate. */
function joinSound(command: ffmpeg.FfmpegCommand, pieces: readonly OpenPiece[]): string[] {
  const filters: string[] = [];
  let inputs = 0;
  let joined = "";
  pieces.forEach(({ input, durationSec, crossfadeSec = 0 }, i) => {
    const end = `atrim=end_sample=${Math.round(durationSec * rate)}[piece${i}]`;
    if (!input) filters.push(`anullsrc=r=${rate}:cl=stereo,${end}`);
    else {
      command.input(input.file).inputOptions([...input.options]);
      const format = `aresample=${rate},aformat=sample_fmts=fltp:channel_layouts=stereo`;
      filters.push(`[${++inputs}:${input.map}]${input.filter},${format},apad,${end}`);
    }
    const shared = Math.round(crossfadeSec * rate);
    if (i > 0) {
      const how = shared > 0 ? `acrossfade=ns=${shared}:c1=tri:c2=tri` : "concat=n=2:v=0:a=1";
      filters.push(`${joined}[piece${i}]${how}[joined${i}]`);
    }
    joined = i > 0 ? `[joined${i}]` : "[piece0]";
  });
  command.complexFilter(filters);
  return ["-map", joined];
}
