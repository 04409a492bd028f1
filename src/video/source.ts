/**
 * Sources of frames. Call `next` until it returns undefined, then `close`. Opening a source is cheap: ffmpeg starts with
 * the first frame, and the picture of a closed source is read again when it is needed.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DreamError } from "../errors.ts";
import type { Frame } from "../frame.ts";
import { isPicture, readImage, type Size } from "../image/image.ts";
import { fractalNoise } from "../image/noise.ts";
import type { ClipSound } from "./clip-sound.ts";
import { type DecodeOptions, type Decoder, decodingNotices, openDecoder } from "./decode.ts";
import { probeLavfi, probeVideo, type VideoInfo } from "./probe.ts";
import { type Rational, toNumber } from "./rational.ts";

export type SourceSpec =
  | { readonly type: "noise"; readonly seed: number; readonly scale: number }
  | { readonly type: "image"; readonly file: string }
  | {
      readonly type: "video";
      readonly file: string;
      readonly startSec?: number;
      readonly endSec?: number;
      readonly audio: "keep" | "drop";
    }
  | { readonly type: "frames"; readonly pattern: string }
  | { readonly type: "lavfi"; readonly graph: string };

export interface FrameSource {
  readonly size: Size;
  readonly fps: Rational;
  /** Expected number of frames; undefined if the source is endless. */
  readonly frameCount: number | undefined;
  /** Whether every frame is the same picture. */
  readonly still: boolean;
  /** The part of the clip's sound that accompanies the frames. */
  readonly audio: SoundPart | undefined;
  /** Messages for the user about the pictures. */
  readonly notices: readonly string[];
  next(): Promise<Frame | undefined>;
  /**
   * Skip the next `count` frames; call it before the first `next`. Returns false if the source ends before that; then it
   * must be opened again.
   */
  skip(count: number): Promise<boolean>;
  close(): Promise<void>;
}

/** A part of a sound, in seconds of its clip; the end is exclusive. */
export interface SoundPart {
  readonly sound: ClipSound;
  readonly startSec: number;
  readonly endSec: number;
}

export interface SourceOptions {
  /** Default: the size of the source; 640×360 px for noise. */
  readonly size?: Size;
  /** Default: the rate of the source, else 24. */
  readonly fps?: Rational;
}

const defaultFps: Rational = { num: 24, den: 1 };

/** Open a source. Throws what `probeVideo`, `readImage` and `openDecoder` throw. */
export async function openSource(
  spec: SourceSpec,
  options: SourceOptions = {},
): Promise<FrameSource> {
  switch (spec.type) {
    case "noise": {
      const size = options.size ?? { width: 640, height: 360 };
      // Created on demand, because large noise takes time and memory.
      return stillSource(size, options, async () => fractalNoise({ ...spec, ...size }));
    }
    case "image": {
      const { file } = spec;
      const notices: string[] = [];
      const picture = await readImage(file, options.size, (notice) => notices.push(notice));
      const still = stillSource(picture, options, () => readImage(file, picture), picture);
      return { ...still, notices };
    }
    case "frames":
      return framesSource(await listFrames(spec.pattern), options);
    case "lavfi": {
      const info = await probeLavfi(spec.graph);
      return decodedSource(spec.graph, info, options, { lavfi: true });
    }
    case "video": {
      const info = await probeVideo(spec.file);
      const startSec = spec.startSec ?? 0;
      const endSec = Math.min(spec.endSec ?? info.durationSec, info.durationSec);
      if (startSec >= endSec) {
        throw new DreamError(
          "EMPTY_VIDEO",
          `nothing lies between ${startSec} s and ${endSec} s: the clip is ${info.durationSec.toFixed(2)} s long`,
          {
            where: spec.file,
            hint: "Set source.video.start before source.video.end, within the clip.",
          },
        );
      }
      const fps = options.fps ?? info.fps;
      const frameCount = Math.max(1, Math.round((endSec - startSec) * toNumber(fps)));
      const source = await decodedSource(spec.file, info, options, { startSec, frameCount });
      const { sound } = info;
      const audio = spec.audio === "keep" && sound ? { sound, startSec, endSec } : undefined;
      return { ...source, audio };
    }
  }
}

/** An endless source of one picture, which is `known` or made for the first frame, and released by `close`. */
function stillSource(
  { width, height }: Size,
  options: SourceOptions,
  make: () => Promise<Frame>,
  known?: Frame,
): FrameSource {
  let picture = known;
  return {
    size: { width, height },
    fps: options.fps ?? defaultFps,
    frameCount: undefined,
    still: true,
    audio: undefined,
    notices: [],
    async next() {
      picture ??= await make();
      return picture;
    },
    skip: async () => true,
    async close() {
      picture = undefined;
    },
  };
}

async function decodedSource(
  input: string,
  info: VideoInfo,
  options: SourceOptions,
  how: Pick<DecodeOptions, "startSec" | "frameCount" | "lavfi">,
): Promise<FrameSource> {
  const size = options.size ?? { width: info.width, height: info.height };
  const fps = options.fps ?? info.fps;
  const { frameCount } = how;
  let decoder: Promise<Decoder> | undefined;
  let ready: Frame | undefined;
  return {
    size,
    fps,
    frameCount,
    still: false,
    audio: undefined,
    notices: decodingNotices(input, info),
    async next() {
      const known = ready;
      ready = undefined;
      if (known) return known;
      decoder ??= openDecoder(input, info, { size, fps, ...how });
      return (await decoder).next();
    },
    async skip(count) {
      decoder ??= openDecoder(input, info, { size, fps, ...how, skip: count });
      ready = await (await decoder).next().catch((error: unknown) => {
        if (error instanceof DreamError && error.code === "EMPTY_VIDEO") return undefined;
        throw error;
      });
      return ready !== undefined;
    },
    async close() {
      // `next` has already thrown the error of a decoder that did not open.
      await (await decoder?.catch(() => undefined))?.close();
    },
  };
}

async function framesSource(
  files: readonly string[],
  options: SourceOptions,
): Promise<FrameSource> {
  let index = 0;
  const notices: string[] = [];
  let first: Frame | undefined = await readImage(files[0]!, options.size, (notice) =>
    notices.push(notice),
  );
  const size = { width: first.width, height: first.height };
  return {
    size,
    fps: options.fps ?? defaultFps,
    frameCount: files.length,
    still: false,
    audio: undefined,
    notices,
    async next() {
      const file = files[index++];
      const known = first;
      first = undefined;
      if (file === undefined) return undefined;
      return known ?? readImage(file, size);
    },
    async skip(count) {
      if (count > 0) first = undefined;
      index += count;
      return index < files.length;
    },
    async close() {
      first = undefined;
    },
  };
}

/** The pictures of a folder, or of a pattern such as `shot/%05d.png`, in natural order. Throws `FILE_NOT_FOUND`. */
export async function listFrames(pattern: string): Promise<string[]> {
  const folder = await stat(pattern).then(
    (s) => s.isDirectory(),
    () => false,
  );
  const directory = folder ? pattern : dirname(pattern);
  const match = /^(.*)%0?(\d*)d(.*)$/.exec(basename(pattern));
  const names = await readdir(directory).catch(() => [] as string[]);
  const natural = new Intl.Collator("en", { numeric: true }).compare;
  // In ffmpeg's patterns, %% means a single %.
  const literal = (text: string): string =>
    text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("%%", "%%?");
  const wanted =
    match && !folder ? new RegExp(`^${literal(match[1]!)}\\d+${literal(match[3]!)}$`) : undefined;
  const files = names
    .filter((name) => (folder ? isPicture(name) && !name.startsWith(".") : wanted?.test(name)))
    .sort(natural)
    .map((name) => join(directory, name));
  if (files.length === 0) {
    throw new DreamError("FILE_NOT_FOUND", "there are no pictures here", {
      where: pattern,
      hint: "source.frames is a folder of pictures, or a numbered pattern such as frames/%05d.png.",
    });
  }
  return files;
}
