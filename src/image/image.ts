import { basename, extname } from "node:path";
import sharp, { type Sharp } from "sharp";
import { codedColors } from "../color/coded.ts";
import { convertColors } from "../color/convert.ts";
import { readFileBytes } from "../disk/read-file.ts";
import { createAtomically } from "../disk/write-atomically.ts";
import { DreamError, messageOf } from "../errors.ts";
import { createFrame, type Frame } from "../frame.ts";

/** Wanted size of a picture in px; a picture of another aspect is scaled to cover it and cropped to its middle. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const maxPictureBytes = 1 << 29;
/** As many as 16384 x 8192 px: a gigabyte and a half as a frame. A file of a few bytes may claim any size. */
const maxPixels = 1 << 27;

const pictureEndings = new Set([".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif"]);

/** Whether a file is a picture by its name. */
export function isPicture(file: string): boolean {
  return pictureEndings.has(extname(file).toLowerCase());
}

/**
 * Read a picture, of several in a file the first: turned upright by its EXIF orientation, colours to sRGB, HDR
 * tone-mapped, transparency on black. `onNotice` is told what the user is to know. Throws `FILE_NOT_FOUND`, `NOT_A_FILE`,
 * `NOT_AN_IMAGE`, `TOO_LARGE`.
 */
export async function readImage(
  file: string,
  size?: Size,
  onNotice?: (message: string) => void,
): Promise<Frame> {
  try {
    const bytes = await readFileBytes(file, { maxBytes: maxPictureBytes });
    if (!isReadable(bytes)) throw notAnImage(file, "its format is not supported");
    const { width, height, depth, space, hasProfile } = await sharp(bytes, {
      limitInputPixels: false,
    }).metadata();
    if (width * height > maxPixels) {
      throw new DreamError("TOO_LARGE", `the picture has ${width}x${height} px`, {
        where: file,
        hint: `At most ${Math.floor(maxPixels / 1e6)} million pixels are supported; reduce its size first.`,
      });
    }
    // Sixteen bits stay sixteen.
    const deep = depth === "ushort";
    const coded = codedColors(bytes, hasProfile);
    // Code points come before a profile, which would be applied.
    const options = {
      failOn: "error",
      limitInputPixels: maxPixels,
      ignoreIcc: coded !== undefined,
    } as const;
    const upright = sharp(bytes, options).autoOrient();
    const profiled = deep && hasProfile && coded === undefined;
    let image = profiled ? await fromProfile(upright, space) : upright;
    image = image.flatten({ background: "#000" }).toColourspace(deep ? "rgb16" : "srgb");
    if (size) image = image.resize(size.width, size.height, { fit: "cover", kernel: "lanczos3" });
    const { data, info } = await image
      .raw({ depth: "float" })
      .toBuffer({ resolveWithObject: true });
    const values = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
    const frame = toPlanar(values, info.height, info.width, info.channels, deep ? 65535 : 255);
    const { apply, notice } = coded ? convertColors(coded) : {};
    apply?.(frame);
    if (notice !== undefined) onNotice?.(`${basename(file)}: ${notice}`);
    return frame;
  } catch (cause) {
    if (cause instanceof DreamError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new DreamError("FILE_NOT_FOUND", "the picture does not exist", { where: file, cause });
    throw notAnImage(file, messageOf(cause), cause);
  }
}

/**
 * Sixteen bits in sRGB. sharp converts them by their profile at the end of its work, and only where that is done in the
 * picture's own space: transparency and scaling come afterwards.
 */
async function fromProfile(image: Sharp, space: string | undefined): Promise<Sharp> {
  const { data, info } = await image
    .withIccProfile("srgb")
    .toColourspace(space === "grey16" ? "grey16" : "rgb16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return sharp(samples, { raw: { width, height, channels }, limitInputPixels: maxPixels });
}

function notAnImage(file: string, why: string, cause?: unknown): DreamError {
  return new DreamError("NOT_AN_IMAGE", `this is not a picture that can be read: ${why}`, {
    where: file,
    hint: "Supported formats: PNG, JPEG, WebP, TIFF, GIF and AVIF.",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What the kinds that are read begin with, from a byte on. Others, SVG among them, are programs more than pictures. */
const beginnings: readonly (readonly [number, RegExp])[] = [
  [1, /^PNG\r\n/],
  [0, /^\xff\xd8\xff/],
  [0, /^GIF8[79]a/],
  [0, /^RIFF.{4}WEBP/s],
  [0, /^(?:II[*+]\0|MM\0[*+])/],
  [4, /^ftypavi[fs]/],
];

function isReadable(bytes: Buffer): boolean {
  return beginnings.some(([from, pattern]) =>
    pattern.test(bytes.subarray(from, from + 16).toString("latin1")),
  );
}

/**
 * Write a picture as 8 bits per channel, by its extension (.png .jpg .webp .tif .avif), with a text in ASCII inside. It
 * appears under its name only when complete. Throws `OUTPUT_UNWRITABLE`, `DISK_FULL`.
 */
export async function writeImage(frame: Frame, file: string, description?: string): Promise<void> {
  await saveImage(describe(toSharp(frame), description), file);
}

/** A frame as an 8-bit picture for sharp. */
export function toSharp(frame: Frame): Sharp {
  const { height, width } = frame;
  return sharp(toBytes(frame), { raw: { width, height, channels: 3 } });
}

/** Interleaved RGB bytes as the bytes of a PNG file, quickly made rather than small. */
export function toPng(
  pixels: Uint8Array,
  { width, height }: Size,
  description?: string,
): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 3 });
  return describe(image, description).toBuffer();
}

/** With a text in its EXIF data, in ASCII. */
function describe(image: Sharp, description: string | undefined): Sharp {
  return description === undefined
    ? image
    : image.withExif({ IFD0: { ImageDescription: description, Software: "dreamreel" } });
}

/** Interleaved RGB bytes of a PNG that `toPng` made. Throws where it is not of this size. */
export async function readPng(png: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  const { data, info } = await sharp(png, { failOn: "error" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== height || info.channels !== 3)
    throw new Error(`it is ${info.width}x${info.height} in ${info.channels} channels`);
  return data;
}

/** An SVG as a picture. */
export function svgPicture(svg: string): Sharp {
  return sharp(Buffer.from(svg)).flatten({ background: "#000" });
}

/** Save what sharp made, as `writeImage` does. Throws `OUTPUT_UNWRITABLE`. */
export async function saveImage(image: Sharp, file: string): Promise<void> {
  await createAtomically(
    file,
    (temporary) => image.toFile(temporary),
    "Use .png, .jpg, .webp, .tif or .avif in a folder that can be written to.",
  );
}

/** Interleaved samples 0..`range` to a planar frame 0..1. One channel is grey. */
export function toPlanar(
  samples: ArrayLike<number>,
  height: number,
  width: number,
  channels: number,
  range: number,
): Frame {
  const frame = createFrame(height, width);
  const area = height * width;
  for (let c = 0; c < 3; c++) {
    const from = channels < 3 ? 0 : c;
    for (let i = 0; i < area; i++) frame.data[c * area + i] = samples[i * channels + from]! / range;
  }
  return frame;
}

/** A frame as interleaved RGB bytes, rounded and clamped. */
export function toBytes({ data, height, width }: Frame): Uint8Array {
  const area = height * width;
  // Clamped arrays round to the nearest integer and clamp to 0..255.
  const bytes = new Uint8ClampedArray(3 * area);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < area; i++) bytes[3 * i + c] = data[c * area + i]! * 255;
  return new Uint8Array(bytes.buffer);
}
