/** The picture of a layer or a channel, dreamed when it comes into view. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { dropTile, tileUrl, wantTile } from "../state/tiles.ts";

export interface TileProps {
  readonly scene: string;
  readonly network: string;
  readonly layer: string;
  readonly channel?: number;
}

export function Tile({ scene, network, layer, channel }: TileProps): JSX.Element {
  const place = useRef<HTMLSpanElement>(null);
  const [seen, setSeen] = useState(false);
  const url = tileUrl(scene, network, layer, channel);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => setSeen(entry?.isIntersecting ?? false),
      {
        rootMargin: "120px",
      },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!seen) return;
    wantTile(url);
    return () => dropTile(url);
  }, [seen, url]);
  return (
    <span ref={place} class="tile">
      {seen && <Shown url={url} />}
    </span>
  );
}

function Shown({ url }: { readonly url: string }): JSX.Element {
  const state = wantTile(url).value;
  if (state === "ready") return <img src={url} alt="" decoding="async" />;
  return <span class={state}>{state === "failed" ? "not dreamed" : ""}</span>;
}
