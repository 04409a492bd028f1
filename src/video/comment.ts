/** Text stored in videos and pictures: a container's comment, a picture's description. */
import sharp from "sharp";
import { findFfmpeg, runTool } from "./ffmpeg.ts";
import { ffmpegPath, fileOptions } from "./input.ts";

/** The longest comment for a video, which is an argument of ffmpeg's command line. */
export const longestComment = 30_000;

/** The comment of a video; undefined if it has none or the file is not a video. */
export async function readComment(file: string): Promise<string | undefined> {
  const { ffmpeg } = await findFfmpeg();
  const { stdout } = await runTool(ffmpeg, [
    ...["-v", "error", ...fileOptions, "-i", ffmpegPath(file)],
    ...["-f", "ffmetadata", "pipe:1"],
  ]);
  const match = /^comment=((?:[^\\\n]|\\[\s\S])*)/im.exec(stdout);
  return match?.[1]?.replace(/\\([\s\S])/g, "$1");
}

/** The ASCII description in a picture's EXIF data; undefined if it has none or the file is not a picture. */
export async function readDescription(file: string): Promise<string | undefined> {
  const exif = await sharp(file)
    .metadata()
    .then(
      (metadata) => metadata.exif,
      () => undefined,
    );
  // Search for the recipe's text; the rest of the EXIF block is binary.
  return exif && /\{"dreamreel".*\}/s.exec(exif.toString("latin1"))?.[0];
}
