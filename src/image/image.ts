import { basename, extname } from "node:path";
import sharp, { type Sharp } from "sharp";
import { codedColors } from "../color/coded.ts";
import { convertColors } from "../color/convert.ts";
import { readFileBytes } from "../disk/read-file.ts";
import { createAtomically } from "../disk/write-atomically.ts";
import { DreamError, messageOf } from "../errors.ts";
import { createFrame, type Frame } from "../frame.ts";

/** Size of a picture, px. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const maxPictureBytes = 1 << 29;
/** 16384 × 8192 px, which take 1.5 GiB as a frame. A limit is needed because a file of a few bytes can declare any size. */
const maxPixels = 1 << 27;

const pictureEndings = new Set([".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".avif"]);

/** Whether the file extension is that of a picture. */
export function isPicture(file: string): boolean {
  return pictureEndings.has(extname(file).toLowerCase());
}

/**
 * Read the first picture of a file: rotate it by its EXIF orientation, convert its colours to sRGB, tone-map HDR, and
 * composite transparency on black. With `size`, the picture is scaled to cover that size and cropped to its centre.
 * `onNotice` receives messages for the user. Throws `FILE_NOT_FOUND`, `NOT_A_FILE`, `NOT_AN_IMAGE`, `TOO_LARGE`.
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
    // Pictures with 16 bits per channel keep them.
    const deep = depth === "ushort";
    const coded = codedColors(bytes, hasProfile);
    // Code points take precedence over an ICC profile, which sharp would apply.
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
 * Convert a 16-bit picture from its ICC profile to sRGB. This is a separate pass: sharp applies the profile last and only
 * in the picture's own colour space, so transparency and scaling have to follow.
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
    cause,
  });
}

/** Signatures of the supported formats, with their byte offset. SVG is excluded because it can refer to other files. */
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
 * Write a picture with 8 bits per channel in the format of its extension (.png .jpg .webp .tif .avif), with the ASCII text
 * `description` in its EXIF data. The file is written atomically. Throws `OUTPUT_UNWRITABLE`, `DISK_FULL`.
 */
export async function writeImage(frame: Frame, file: string, description?: string): Promise<void> {
  await saveImage(describe(toSharp(frame), description), file);
}

/** A frame as an 8-bit picture for sharp. */
export function toSharp(frame: Frame): Sharp {
  const { height, width } = frame;
  return sharp(toBytes(frame), { raw: { width, height, channels: 3 } });
}

/** Encode interleaved RGB bytes as a PNG file, fast rather than small. */
export function toPng(
  pixels: Uint8Array,
  { width, height }: Size,
  description?: string,
): Promise<Buffer> {
  const image = sharp(pixels, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 3 });
  return describe(image, description).toBuffer();
}

/** Add an ASCII description to the EXIF data. */
function describe(image: Sharp, description: string | undefined): Sharp {
  return description === undefined
    ? image
    : image.withExif({ IFD0: { ImageDescription: description, Software: "dreamreel" } });
}

/** Decode a PNG that `toPng` made to interleaved RGB bytes. Throws an `Error` if it has another size. */
export async function readPng(png: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  const { data, info } = await sharp(png, { failOn: "error" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== width || info.height !== height || info.channels !== 3)
    throw new Error(`it is ${info.width}x${info.height} in ${info.channels} channels`);
  return data;
}

/** Draw an SVG document on black. */
export function svgPicture(svg: string): Sharp {
  return sharp(Buffer.from(svg)).flatten({ background: "#000" });
}

/** Write a picture atomically, in the format of its extension. Throws `OUTPUT_UNWRITABLE`, `DISK_FULL`. */
export async function saveImage(image: Sharp, file: string): Promise<void> {
  await createAtomically(
    file,
    (temporary) => image.toFile(temporary),
    "Use .png, .jpg, .webp, .tif or .avif in a folder that can be written to.",
  );
}

/** Convert interleaved samples 0..`range` to a planar frame 0..1. Pictures with one or two channels are grey. */
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

/** Convert a frame to interleaved RGB bytes, rounded and clamped. */
export function toBytes({ data, height, width }: Frame): Uint8Array {
  const area = height * width;
  // A Uint8ClampedArray rounds to the nearest integer and clamps to 0..255.
  const bytes = new Uint8ClampedArray(3 * area);
  for (let c = 0; c < 3; c++)
    for (let i = 0; i < area; i++) bytes[3 * i + c] = data[c * area + i]! * 255;
  return new Uint8Array(bytes.buffer);
}
