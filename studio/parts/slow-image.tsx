/** A picture that is shown once it is there; see `slow-pictures.ts`. */

import type { Signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { dropPicture, type Pace, type PictureState, wantPicture } from "../state/slow-pictures.ts";

export interface SlowImageProps {
  readonly url: string;
  readonly pace?: Pace;
  /** Shown instead, while it waits or where it failed. */
  readonly instead?: (state: PictureState) => ComponentChildren;
}

export function SlowImage({ url, pace = "slow", instead }: SlowImageProps): JSX.Element {
  const [state, setState] = useState<Signal<PictureState>>();
  useEffect(() => {
    setState(wantPicture(url, pace));
    return () => dropPicture(url);
  }, [url, pace]);
  const now = state?.value ?? "waiting";
  if (now === "ready") return <img src={url} alt="" draggable={false} decoding="async" />;
  return <>{instead?.(now)}</>;
}
