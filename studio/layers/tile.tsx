/** The picture of a layer or a channel, dreamed when it comes into view. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { SlowImage } from "../parts/slow-image.tsx";
import { apiUrl } from "../state/api-client.ts";

export interface TileProps {
  readonly scene: string;
  readonly network: string;
  readonly layer: string;
  readonly channel?: number;
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
          instead={(state) => (
            <span class={state}>{state === "failed" ? "not dreamed" : "dreaming…"}</span>
          )}
        />
      )}
    </span>
  );
}
