/** Small pictures of the folder's photos and clips, and how long clips and sounds are. */
import { probeSound } from "../audio/sound.ts";
import { isPicture, readImage } from "../image/image.ts";
import { probeVideo } from "../video/probe.ts";
import { toNumber } from "../video/rational.ts";
import { openSource } from "../video/source.ts";
import type { Size } from "./api.ts";
import type { MediaCall, MediaFacts } from "./calls.ts";
import { toJpeg } from "./look.ts";

/** Box that a picture covers, px. */
const box = { width: 224, height: 144 };
/** Where in a clip its picture is, as a share of its length: clips begin with black and titles. */
const shareOfClip = 0.25;

/** Throws what `probeVideo` and `probeSound` throw. */
export async function measureMedia({ file, kind }: MediaCall): Promise<MediaFacts> {
  if (kind === "sound") return { durationSec: (await probeSound(file)).durationSec };
  const { width, height, fps, durationSec } = await probeVideo(file);
  return { durationSec, fps: toNumber(fps), size: { width, height } };
}

/** JPEG. Throws what `readImage`, `probeVideo` and `openSource` throw. */
export async function pictureOf(file: string): Promise<Uint8Array> {
  if (isPicture(file)) return toJpeg(await readImage(file, box));
  const { durationSec, width, height } = await probeVideo(file);
  const startSec = durationSec * shareOfClip;
  const size = covering({ width, height });
  const spec = { type: "video", file, audio: "drop", startSec } as const;
  const source = await openSource(spec, { size });
  try {
    return await toJpeg((await source.next())!);
  } finally {
    await source.close();
  }
}

/** The size of a picture that just covers the box. */
function covering({ width, height }: Size): Size {
  const scale = Math.min(1, Math.max(box.width / width, box.height / height));
  const even = (length: number): number => Math.max(2, 2 * Math.round((length * scale) / 2));
  return { width: even(width), height: even(height) };
}
