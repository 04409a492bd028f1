/** The line between the picture and what it is compared with; dragged, or moved with the arrow keys. */
import type { JSX } from "preact";
import { Icon } from "../parts/icon.tsx";
import { wipe, wipeAt } from "./shown.ts";

export function WipeLine(): JSX.Element | null {
  const other = wipe.value;
  if (!other) return null;
  const place = (event: PointerEvent): void => {
    const line = event.currentTarget as HTMLElement;
    if (!line.hasPointerCapture(event.pointerId)) return;
    const box = line.parentElement!.getBoundingClientRect();
    wipeAt.value = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const step = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    wipeAt.value = Math.min(1, Math.max(0, wipeAt.value + by));
  };
  return (
    <>
      <div class="wipe-names">
        <span class="left">Now</span>
        <span class="right">
          {other.type === "source" ? "Source" : `Before, frame ${other.picture.frame}`}
        </span>
      </div>
      <div
        class="wipe"
        role="slider"
        tabIndex={0}
        data-keys
        aria-label="Place of the comparison"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(wipeAt.value * 100)}
        style={{ left: `${wipeAt.value * 100}%` }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={place}
        onKeyDown={step}
      >
        <span class="grip">
          <Icon name="wipe" />
        </span>
      </div>
    </>
  );
}
