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
  /** One of these places. */
  place?: Element | undefined;
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

/** The state of a picture; it is asked for until `dropPicture`. What is on the screen comes first, from the top left. */
export function wantPicture(url: string, pace: Pace, place?: Element): Signal<PictureState> {
  const picture = known.get(url) ?? { url, state: signal<PictureState>("waiting"), wanted: 0 };
  picture.wanted++;
  picture.place = place;
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
    const picture = takeFirst(lane.queue);
    if (picture.wanted <= 0 || picture.state.peek() !== "waiting") continue;
    lane.running++;
    void load(picture).finally(() => {
      lane.running--;
      next(pace);
    });
  }
}

/** Take the picture that is nearest to the top left of the screen; those without a place keep their turn. */
function takeFirst(queue: Slow[]): Slow {
  let [best, first] = [0, Number.POSITIVE_INFINITY];
  for (const [i, { place, wanted }] of queue.entries()) {
    const at = place?.isConnected && wanted > 0 ? place.getBoundingClientRect() : undefined;
    if (!at) continue;
    const hidden = at.bottom < 0 || at.top > innerHeight;
    const order = (hidden ? 1e9 : 0) + Math.round(at.top) * 1e4 + at.left;
    if (order < first) [best, first] = [i, order];
  }
  return queue.splice(best, 1)[0]!;
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
