import type ffmpeg from "fluent-ffmpeg";
import { type SoundInput, soundInput } from "./clip-sound.ts";
import type { Encoding } from "./containers.ts";
import type { AudioPiece } from "./sink.ts";

/** Arrangements of channels that every encoder takes: those of the side are those of the back to some. */
const layouts = "aformat=channel_layouts=7.1|6.1|5.1|5.0|quad|3.0|stereo|mono";
/** Of joined sound, samples per second. */
const rate = 48000;
/** Seconds by which copied sound may begin before or after the pictures; more is cut, or silence. */
const closeSec = 0.05;

/** A piece of sound with how ffmpeg reads it, where it is no silence. */
export interface OpenPiece extends AudioPiece {
  readonly input?: SoundInput;
}

/** Look for the places in their files from which pieces are read. */
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

/** Whether sound can go into a container as it is: a lone piece that begins with its clip, in a codec the container takes. */
export function mayCopy(encoding: Encoding, pieces: readonly AudioPiece[]): boolean {
  const [{ sound, startSec = 0 } = {}, ...others] = pieces;
  // Copied packets cannot be cut inside.
  const begins = sound !== undefined && startSec === 0 && Math.abs(sound.delaySec) < closeSec;
  return others.length === 0 && begins && encoding.audioCopies.includes(sound.codec);
}

/**
 * Add the inputs that sound needs to `command`; returns its output options. A lone piece is copied where that is asked
 * for, else encoded; several are joined to the sample.
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
    // On the pictures' clock, and no longer than they are.
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

/** Each piece at its exact length, silence where it has too little, then one after the other. */
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
