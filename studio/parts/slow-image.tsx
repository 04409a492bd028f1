/** A picture that is shown once it is there; see `slow-pictures.ts`. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { dropPicture, type Pace, type PictureState, wantPicture } from "../state/slow-pictures.ts";

export interface SlowImageProps {
  readonly url: string;
  readonly pace?: Pace;
  /** The place on the page that it is for. */
  readonly place?: { readonly current: Element | null };
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
}: SlowImageProps): JSX.Element {
  const [state, setState] = useState<Signal<PictureState>>();
  useEffect(() => {
    setState(wantPicture(url, pace, place?.current ?? undefined));
    return () => dropPicture(url);
  }, [url, pace, place]);
  const now = state?.value ?? "waiting";
  useEffect(() => {
    if (now === "ready") onReady?.();
  }, [now]);
  if (now === "ready") return <img src={url} alt="" draggable={false} decoding="async" />;
  return <>{instead?.(now)}</>;
}
