/** The picture of a layer or a channel, dreamed when it comes into view. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { SlowImage } from "../parts/slow-image.tsx";
import { apiUrl } from "../state/api-client.ts";
import type { PictureState } from "../state/slow-pictures.ts";
import { addDreamed, dreamed, tilesState } from "../state/tiles.ts";

export interface TileProps {
  readonly scene: string;
  readonly network: string;
  readonly layer: string;
  readonly channel?: number;
}

export function nameOf(layer: string, channel?: number): string {
  return channel === undefined ? layer : `${layer}:${channel}`;
}

/** Why there is no picture yet. */
function Waiting({
  state,
  name,
}: {
  readonly state: PictureState;
  readonly name: string;
}): JSX.Element {
  if (state === "failed") return <span class="failed">not dreamed</span>;
  const { dreaming, isHeld } = tilesState.value;
  if (dreaming === name) return <span class="waiting now">dreaming…</span>;
  if (dreamed.value.has(name)) return <span class="waiting" />;
  return <span class="waiting">{isHeld ? "waits for the picture" : "waits its turn"}</span>;
}

export function Tile({ scene, network, layer, channel }: TileProps): JSX.Element {
  const place = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    const watch = ([entry]: IntersectionObserverEntry[]): void =>
      setSeen(entry?.isIntersecting ?? false);
    const observer = new IntersectionObserver(watch, { rootMargin: "120px" });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <span ref={place} class="tile">
      {seen && (
        <SlowImage
          place={place}
          url={apiUrl("atlas", { path: scene, layer, channel, network })}
          onReady={() => addDreamed(nameOf(layer, channel))}
          instead={(state) => <Waiting state={state} name={nameOf(layer, channel)} />}
        />
      )}
    </span>
  );
}
