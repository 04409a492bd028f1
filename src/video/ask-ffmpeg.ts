/** What ffmpeg can do, asked once in a process: a full build takes more than a tenth of a second to answer. */
import ffmpeg from "fluent-ffmpeg";
import { findFfmpeg, listEncoders } from "./ffmpeg.ts";

type Names = ReadonlySet<string>;

const encodersOf = new Map<string, Promise<Names>>();

/** Names of the encoders of an ffmpeg, asked once for each program. */
export function knownEncoders(program: string): Promise<Names> {
  // fluent-ffmpeg needs them too, and remembers those of the first program.
  const ask = encodersOf.size === 0 ? encodersByFluent : listEncoders;
  const known = encodersOf.get(program) ?? ask(program);
  encodersOf.set(program, known);
  // A program that failed to answer is asked again.
  void known.then(({ size }) => size === 0 && encodersOf.delete(program));
  return known;
}

function encodersByFluent(program: string): Promise<Names> {
  return new Promise((resolve) => {
    const command = ffmpeg().setFfmpegPath(program);
    command.availableEncoders((_, encoders) => resolve(new Set(Object.keys(encoders ?? {}))));
  });
}

/** Begin to ask, while something else is being opened. What goes wrong here, the first use reports. */
export async function askFfmpeg(): Promise<void> {
  const paths = await findFfmpeg().catch(() => undefined);
  if (!paths) return;
  // fluent-ffmpeg asks for both before its first run, one after the other.
  ffmpeg()
    .setFfmpegPath(paths.ffmpeg)
    .availableFormats(() => {});
  await knownEncoders(paths.ffmpeg);
}
