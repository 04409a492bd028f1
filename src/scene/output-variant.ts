import { extname } from "node:path";

/** The name of another version of an output, a file or a folder: `zoom.mp4` with `preview` is `zoom.preview.mp4`. */
export function withVariant(file: string, variant: string): string {
  const ending = /[/\\]$/.test(file) ? file.slice(-1) : extname(file);
  return `${file.slice(0, file.length - ending.length)}.${variant}${ending}`;
}
