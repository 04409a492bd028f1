/** Text inside videos and pictures: the comment of a container, the description of a picture. */
import sharp from "sharp";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { ffmpegPath, fileOptions } from "./input.ts";

/** The longest comment that is put into a video: it travels on ffmpeg's command line. */
export const longestComment = 30_000;

/** The comment of a video; undefined where it has none, or is no video. */
export async function readComment(file: string): Promise<string | undefined> {
  const { ffmpeg } = await findFfmpeg();
  const { stdout } = await runTool(ffmpeg, [
    ...["-v", "error", ...fileOptions, "-i", ffmpegPath(file)],
    ...["-f", "ffmetadata", "pipe:1"],
  ]);
  const match = /^comment=((?:[^\\\n]|\\[\s\S])*)/im.exec(stdout);
  return match?.[1]?.replace(/\\([\s\S])/g, "$1");
}

/** The description in a picture's EXIF data, in ASCII; undefined where it has none, or is no picture. */
export async function readDescription(file: string): Promise<string | undefined> {
  const exif = await sharp(file)
    .metadata()
    .then(
      (metadata) => metadata.exif,
      () => undefined,
    );
  // The only text in it is ours; its tags are not.
  return exif && /\{"dreamreel".*\}/s.exec(exif.toString("latin1"))?.[0];
}
