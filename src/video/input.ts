/** Protects ffmpeg from untrusted input files. */
import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { notAFile } from "../disk/read-file.ts";
import { DreamError } from "../errors.ts";

/**
 * Self-contained formats. Playlists and similar formats (hls, concat, dash, sdp, image2 …) make ffmpeg open other
 * files, and text formats are not videos.
 */
const formats =
  "aac,ac3,aiff,amr,ape,apng,asf,au,av1,avi,caf,dirac,dnxhd,dts,dv,eac3,flac,flv,gif,gxf,h261,h263,h264,hevc,ivf,m4v," +
  "matroska,mjpeg,mov,mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,rm,swf,truehd,tta,vc1,voc,w64,wav,wtv,wv," +
  "yuv4mpegpipe,bmp_pipe,dpx_pipe,exr_pipe,gif_pipe,jpeg_pipe,jpegxl_pipe,png_pipe,tiff_pipe,webp_pipe";

/** Options before `-i`: ffmpeg opens only files, and only in self-contained formats. */
export const fileOptions: readonly string[] = [
  "-protocol_whitelist",
  "file",
  "-format_whitelist",
  formats,
];

/** A file name for ffmpeg: an absolute path is never read as an option or a protocol. */
export function ffmpegPath(file: string): string {
  return resolve(file);
}

/** The file's status. Throws `FILE_NOT_FOUND`, with `kind` in the message, and `NOT_A_FILE`. */
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

/** The reason if ffmpeg refused a file because of its format. */
export function refusedKind(stderr: string): string | undefined {
  return /not on whitelist|not in whitelist|not whitelisted/i.test(stderr)
    ? "it is a playlist or an unsupported format; give the clip itself"
    : undefined;
}
