/** What ffmpeg can do, asked once in a process: a full build takes more than a tenth of a second to answer. */
import ffmpeg from "fluent-ffmpeg";
import { findFfmpeg, listEncoders } from "./ffmpeg.ts";

const encodersOf = new Map<string, Promise<ReadonlySet<string>>>();

/** Names of the encoders of an ffmpeg, asked once for each program. */
export function knownEncoders(program: string): Promise<ReadonlySet<string>> {
  const known = encodersOf.get(program) ?? listEncoders(program);
  encodersOf.set(program, known);
  // A program that failed to answer is asked again.
  void known.then(({ size }) => size === 0 && encodersOf.delete(program));
  return known;
}

/** Begin to ask, while something else is being opened. What goes wrong here, the first use reports. */
export async function askFfmpeg(): Promise<void> {
  const paths = await findFfmpeg().catch(() => undefined);
  if (!paths) return;
  const answered = (): void => {};
  const command = ffmpeg().setFfmpegPath(paths.ffmpeg);
  // fluent-ffmpeg asks for these before its first run, one after the other, and remembers them.
  command.availableFormats(answered);
  command.availableEncoders(answered);
  await knownEncoders(paths.ffmpeg);
}
