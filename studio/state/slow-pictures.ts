/**
 * Pictures that can wait: thumbnails, frames of the strip, layers that the server must dream first. A browser opens six
 * connections to one server; only four of these are asked for at once, so that the picture being worked on never waits.
 */
import { type Signal, signal } from "@preact/signals";

export type PictureState = "waiting" | "ready" | "failed";

interface Slow {
  readonly url: string;
  readonly state: Signal<PictureState>;
  /** Number of places on the page that show it. */
  wanted: number;
}

const known = new Map<string, Slow>();

/** Frames of the strip are quick and do not wait behind pictures that must be dreamed. */
export type Pace = "quick" | "slow";
const lanes: Readonly<Record<Pace, { readonly queue: Slow[]; running: number }>> = {
  quick: { queue: [], running: 0 },
  slow: { queue: [], running: 0 },
};
/** Of each pace, at once. */
const most = 2;
/** States that are remembered. */
const mostKnown = 4000;

/** The state of a picture; it is asked for until `dropPicture`. */
export function wantPicture(url: string, pace: Pace): Signal<PictureState> {
  const picture = known.get(url) ?? { url, state: signal<PictureState>("waiting"), wanted: 0 };
  picture.wanted++;
  known.set(url, picture);
  const { queue } = lanes[pace];
  if (picture.state.peek() === "waiting" && !queue.includes(picture)) queue.push(picture);
  next(pace);
  return picture.state;
}

/** The place that showed it is gone. What nobody wants any more is not asked for. */
export function dropPicture(url: string): void {
  const picture = known.get(url);
  if (!picture) return;
  picture.wanted--;
  if (picture.wanted <= 0 && (picture.state.peek() === "failed" || known.size > mostKnown))
    known.delete(url);
}

function next(pace: Pace): void {
  const lane = lanes[pace];
  while (lane.running < most && lane.queue.length > 0) {
    const picture = lane.queue.shift()!;
    if (picture.wanted <= 0 || picture.state.peek() !== "waiting") continue;
    lane.running++;
    void load(picture).finally(() => {
      lane.running--;
      next(pace);
    });
  }
}

async function load(picture: Slow): Promise<void> {
  try {
    const response = await fetch(picture.url, { credentials: "same-origin" });
    // Read whole, so that the picture on the page comes from the browser's cache.
    await response.blob();
    picture.state.value = response.ok ? "ready" : "failed";
  } catch {
    picture.state.value = "failed";
  }
}
