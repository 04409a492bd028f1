import type ffmpeg from "fluent-ffmpeg";
import type { Encoding } from "./containers.ts";
import { ffmpegPath, fileOptions } from "./input.ts";
import type { AudioPiece } from "./sink.ts";

/** Of joined sound, samples per second. */
const rate = 48000;

/**
 * Add the inputs that sound needs to `command`; returns its output options. A lone piece is copied as it is where
 * container and range allow, else encoded; several are joined to the sample.
 */
export function addSound(
  command: ffmpeg.FfmpegCommand,
  encoding: Encoding,
  pieces: readonly AudioPiece[],
): string[] {
  const [only] = pieces;
  if (!only) return [];
  const encoded = ["-c:a", encoding.audio!, "-b:a", "192k"];
  if (pieces.length > 1) return [...joinSound(command, pieces), ...encoded];
  if (only.file === undefined) return [];
  addInput(command, only);
  // Copied packets cannot be cut inside; encoding keeps cut sound in sync to the sample.
  const { startSec = 0, durationSec, codec = "" } = only;
  const copy = startSec === 0 && durationSec === undefined && encoding.audioCopies.includes(codec);
  return ["-map", "1:a:0", ...(copy ? ["-c:a", "copy"] : encoded)];
}

function addInput(
  command: ffmpeg.FfmpegCommand,
  { file, startSec, durationSec }: AudioPiece,
): void {
  command.input(ffmpegPath(file!)).inputOptions([...fileOptions]);
  if (startSec) command.inputOptions(["-ss", String(startSec)]);
  if (durationSec !== undefined) command.inputOptions(["-t", durationSec.toFixed(6)]);
}

/** Each piece at its exact length, silence where it has too little, then one after the other. */
function joinSound(command: ffmpeg.FfmpegCommand, pieces: readonly AudioPiece[]): string[] {
  const filters: string[] = [];
  let inputs = 0;
  let joined = "";
  pieces.forEach((piece, i) => {
    const end = `atrim=end_sample=${Math.round(piece.durationSec! * rate)}[piece${i}]`;
    if (piece.file === undefined) filters.push(`anullsrc=r=${rate}:cl=stereo,${end}`);
    else {
      addInput(command, piece);
      const format = `aresample=${rate},aformat=sample_fmts=fltp:channel_layouts=stereo`;
      filters.push(`[${++inputs}:a:0]${format},apad,${end}`);
    }
    const shared = Math.round((piece.crossfadeSec ?? 0) * rate);
    if (i > 0) {
      const how = shared > 0 ? `acrossfade=ns=${shared}:c1=tri:c2=tri` : "concat=n=2:v=0:a=1";
      filters.push(`${joined}[piece${i}]${how}[joined${i}]`);
    }
    joined = i > 0 ? `[joined${i}]` : "[piece0]";
  });
  command.complexFilter(filters);
  return ["-map", joined];
}
