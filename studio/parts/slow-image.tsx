/** A picture that is shown once it is there; see `slow-pictures.ts`. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { dropPicture, type Pace, type PictureState, wantPicture } from "../state/slow-pictures.ts";

export interface SlowImageProps {
  readonly url: string;
  readonly pace?: Pace;
  /** The place on the page that it is for. */
  readonly place?: { readonly current: Element | null };
  /** Whether the picture before stays until another one is there. */
  readonly keeps?: boolean;
  /** Called once it is there. */
  readonly onReady?: () => void;
  /** Shown instead, while it waits or where it failed. */
  readonly instead?: (state: PictureState) => ComponentChildren;
}

export function SlowImage({
  url,
  pace = "slow",
  place,
  instead,
  onReady,
  keeps,
}: SlowImageProps): JSX.Element {
  const [asked, setAsked] = useState<{ url: string; state: Signal<PictureState> }>();
  useEffect(() => {
    setAsked({ url, state: wantPicture(url, pace, place?.current ?? undefined) });
    return () => dropPicture(url);
  }, [url, pace, place]);
  // What was asked for may be the picture before.
  const now = asked?.url === url ? asked.state.value : "waiting";
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (now !== "ready") return;
    before.current = url;
    onReady?.();
  }, [now, url]);
  const shown = now === "ready" ? url : keeps ? before.current : undefined;
  if (shown !== undefined) return <img src={shown} alt="" draggable={false} decoding="async" />;
  return <>{instead?.(now)}</>;
}
