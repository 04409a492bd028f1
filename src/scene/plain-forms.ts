/** Plain values that stand for a map: `layers: motifs3`, `source: photo.jpg`. */
import { isFolderPath } from "../output.ts";

type Form = (text: string) => Record<string, unknown> | undefined;

const picture = /\.(png|jpe?g|webp|tiff?|avif)$/i;
const clip = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|m?ts|wmv|flv|3gp|ogv|y4m|mxf)$/i;

/** The source for a plain file name; undefined if the name is ambiguous, such as a .gif. */
function sourceOf(text: string): Record<string, unknown> | undefined {
  if (text === "noise") return { noise: {} };
  if (isFolderPath(text) || /%\d*d/.test(text)) return { frames: text };
  if (picture.test(text)) return { image: text };
  return clip.test(text) ? { video: text } : undefined;
}

/** A plain file name: a picture if its extension says so, else a video. */
export function pictureOrClip(file: string): { image?: string; video?: string } {
  return picture.test(file) ? { image: file } : { video: file };
}

/** The picture for a plain file name; undefined for other words. */
const pictureFile: Form = (file) => (picture.test(file) ? { image: file } : undefined);
const inFile: Form = (file) => ({ file });
const once: Form = (name) => ({ [name]: 1 });

/** Plain forms by key. */
const forms: Readonly<Record<string, Form>> = {
  source: sourceOf,
  output: inFile,
  video: inFile,
  audio: inFile,
  model: inFile,
  guide: pictureOrClip,
  matte: pictureOrClip,
  match: pictureFile,
  layers: once,
  classes: once,
};

/** The map that a plain value, or a list of names, under `key` stands for; undefined if there is none. */
export function plainForm(key: string, value: unknown): Record<string, unknown> | undefined {
  if (value === null) return {};
  if (Array.isArray(value) && forms[key] === once)
    return Object.fromEntries(value.map((name) => [String(name), 1]));
  if (typeof value !== "string" || !Object.hasOwn(forms, key)) return undefined;
  return forms[key]!(value);
}
