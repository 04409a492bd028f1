/** How ffmpeg is given the files of strangers. */
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { notAFile } from "../disk/read-file.ts";
import { DreamError } from "../errors.ts";

/**
 * Kinds of files that are all in themselves. Playlists and the like (hls, concat, dash, sdp, image2 …) make ffmpeg open
 * what they name, and text is no art.
 */
const formats =
  "aac,ac3,aiff,amr,ape,apng,asf,au,av1,avi,caf,dirac,dnxhd,dts,dv,eac3,flac,flv,gif,gxf,h261,h263,h264,hevc,ivf,m4v," +
  "matroska,mjpeg,mov,mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,rm,swf,truehd,tta,vc1,voc,w64,wav,wtv,wv," +
  "yuv4mpegpipe,bmp_pipe,dpx_pipe,exr_pipe,gif_pipe,jpeg_pipe,jpegxl_pipe,png_pipe,tiff_pipe,webp_pipe";

/** Put before `-i`: only files are opened, and none that leads to others. */
export const fileOptions: readonly string[] = [
  "-protocol_whitelist",
  "file",
  "-format_whitelist",
  formats,
];

/** A file as ffmpeg takes it: an absolute path is neither an option nor a protocol, whatever is in it. */
export function ffmpegPath(file: string): string {
  return resolve(file);
}

/** What the file system says of a file. Throws `FILE_NOT_FOUND`, calling it a `kind`, and `NOT_A_FILE`. */
export async function lookAt(file: string, kind: "video" | "sound"): Promise<Stats> {
  const found = await stat(file).catch(() => undefined);
  if (!found) {
    throw new DreamError("FILE_NOT_FOUND", `there is no such ${kind}`, {
      where: file,
      hint: "Relative paths start at the scene file.",
    });
  }
  if (!found.isFile() && !found.isDirectory()) throw notAFile(file, false);
  return found;
}

/** Why ffmpeg did not open a file, where it is for its kind. */
export function refusedKind(stderr: string): string | undefined {
  return /not on whitelist|not in whitelist|not whitelisted/i.test(stderr)
    ? "it is a playlist, or of a kind that is not read; give the clip itself"
    : undefined;
}
