/** Decoded pictures, a limited number of them: the last used stay. */

interface Kept {
  readonly bitmap: ImageBitmap;
  used: number;
}

/** Enough for a few seconds of playing; at 640 × 360 about 150 MB. */
const most = 160;

const kept = new Map<string, Kept>();
const loading = new Map<string, Promise<ImageBitmap | undefined>>();
let clock = 0;

/** The picture if it is decoded. */
export function bitmapOf(url: string): ImageBitmap | undefined {
  const found = kept.get(url);
  if (found) found.used = ++clock;
  return found?.bitmap;
}

/** Fetch and decode a picture; undefined where that fails. */
export function loadBitmap(url: string): Promise<ImageBitmap | undefined> {
  const found = kept.get(url);
  if (found) return Promise.resolve(found.bitmap);
  const running = loading.get(url);
  if (running) return running;
  const started = load(url).finally(() => loading.delete(url));
  loading.set(url, started);
  return started;
}

async function load(url: string): Promise<ImageBitmap | undefined> {
  try {
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok) return undefined;
    const bitmap = await createImageBitmap(await response.blob());
    keep(url, bitmap);
    return bitmap;
  } catch {
    return undefined;
  }
}

function keep(url: string, bitmap: ImageBitmap): void {
  kept.set(url, { bitmap, used: ++clock });
  if (kept.size <= most) return;
  const oldest = [...kept].reduce((a, b) => (a[1].used < b[1].used ? a : b));
  kept.delete(oldest[0]);
  oldest[1].bitmap.close();
}
