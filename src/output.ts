import { extname, resolve } from "node:path";

/** Where a render goes: a video or animation, of the kind that its ending names, or a folder of numbered PNG frames. */
export type Output =
  | { readonly type: "video"; readonly file: string }
  /** The folder ends in a slash. */
  | { readonly type: "frames"; readonly folder: string };

/** Whether a path is written as a folder: with a slash at its end. */
export function isFolderPath(path: string): boolean {
  return /[/\\]$/.test(path);
}

/** The absolute form of a path, with its closing slash. `base`: where relative paths start. */
export function absolutePath(path: string, base: string = process.cwd()): string {
  return resolve(base, path) + (isFolderPath(path) ? "/" : "");
}

/** The output that a path stands for: a folder if it ends in a slash. */
export function parseOutput(path: string): Output {
  return isFolderPath(path) ? { type: "frames", folder: path } : { type: "video", file: path };
}

/** The path that `parseOutput` reads as this output. */
export function outputPath(output: Output): string {
  return output.type === "frames" ? output.folder : output.file;
}

/** Another version of an output: `zoom.mp4` with `preview` is `zoom.preview.mp4`. */
export function withVariant(output: Output, variant: string): Output {
  if (output.type === "frames")
    return {
      ...output,
      folder: `${output.folder.slice(0, -1)}.${variant}${output.folder.slice(-1)}`,
    };
  const { file } = output;
  const ending = extname(file);
  return { ...output, file: `${file.slice(0, file.length - ending.length)}.${variant}${ending}` };
}
