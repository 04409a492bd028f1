/** Every layer and channel of the scene's network, to choose by eye. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { LayerEntry } from "../../src/studio/api-scene.ts";
import { names } from "../editor/names.ts";
import { Button } from "../parts/button.tsx";
import { Icon } from "../parts/icon.tsx";
import { path } from "../state/document.ts";
import { formatRoute, go, type Route } from "../state/route.ts";
import { askTiles, dreamed, tilesState } from "../state/tiles.ts";
import { One } from "./one.tsx";
import { nameOf, Tile } from "./tile.tsx";
import { addLayer, removeLayer, usedLayers } from "./use.ts";
import "./layers.css";

type LayersRoute = Extract<Route, { type: "layers" }>;

export function close(): void {
  go(path.value === undefined ? { type: "none" } : { type: "scene", path: path.value });
}

export function LayerBrowser({ at }: { readonly at: LayersRoute }): JSX.Element {
  const [search, setSearch] = useState("");
  const known = names.value;
  useEffect(() => {
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape") close();
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  const scene = path.value;
  useEffect(() => {
    if (scene !== undefined) void askTiles(scene);
  }, [scene, known?.network]);
  const layer = known?.layers.find(({ name }) => name === at.layer);
  const cards = layer
    ? Array.from({ length: layer.channels }, (_, channel) => nameOf(layer.name, channel))
    : (known?.layers ?? []).map(({ name }) => name);
  return (
    <section class="browser" aria-label="Layers">
      <header>
        <Button icon="back" label="Back to the scene" keys="Esc" onClick={close}>
          Scene
        </Button>
        <h2>
          <a href={formatRoute({ type: "layers", path: at.path })}>{known?.network ?? "Layers"}</a>
          {layer && (
            <>
              <Icon name="next" size={12} />
              <a href={formatRoute({ type: "layers", path: at.path, layer: layer.name })}>
                {layer.name}
              </a>
            </>
          )}
          {at.channel !== undefined && (
            <>
              <Icon name="next" size={12} /> {at.channel}
            </>
          )}
        </h2>
        <span class="spring" />
        {!known ? null : layer && at.channel !== undefined ? null : <Progress names={cards} />}
        <label class="search">
          <Icon name="search" />
          <input
            class="field"
            type="search"
            placeholder={layer ? "Channel number" : "Layer, or layer:channel"}
            aria-label="Search layers"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
      </header>
      {!known ? (
        <p class="hollow" aria-busy="true">
          Opening the network…
        </p>
      ) : layer && at.channel !== undefined ? (
        <One layer={layer} channel={at.channel} network={known.network} />
      ) : layer ? (
        <Channels layer={layer} network={known.network} search={search} />
      ) : (
        <Layers layers={known.layers} network={known.network} search={search} />
      )}
    </section>
  );
}

/** How many of the pictures here are dreamed, and what is being done about the others. */
function Progress({ names: all }: { readonly names: readonly string[] }): JSX.Element {
  const done = all.filter((name) => dreamed.value.has(name)).length;
  const { dreaming, isHeld } = tilesState.value;
  const now = isHeld
    ? "waits for the picture"
    : dreaming === undefined
      ? done < all.length && "others are dreamed as they come into view"
      : `dreaming ${dreaming}`;
  return (
    <span class="progress-of-tiles ellipsis" role="status">
      {done === all.length ? `All ${done} dreamed` : `${done} of ${all.length} dreamed`}
      {now && <span class="faint"> · {now}</span>}
      <i style={{ width: `${(100 * done) / Math.max(1, all.length)}%` }} />
    </span>
  );
}

function Layers({
  layers,
  network,
  search,
}: {
  readonly layers: readonly LayerEntry[];
  readonly network: string;
  readonly search: string;
}): JSX.Element {
  const [, part = "", channel] = /^([^:]*)(?::(\d+))?$/.exec(search.trim()) ?? [];
  const found = layers.filter(({ name, about }) =>
    `${name} ${about ?? ""}`.toLowerCase().includes(part.toLowerCase()),
  );
  if (found.length === 0) return <p class="hollow">No layer is named so.</p>;
  return (
    <div class="grid wide">
      {found.map((layer) => {
        const number =
          channel === undefined || Number(channel) >= layer.channels ? undefined : Number(channel);
        return (
          <Card
            key={layer.name}
            layer={layer}
            network={network}
            {...(number === undefined ? {} : { channel: number })}
          />
        );
      })}
    </div>
  );
}

function Channels({
  layer,
  network,
  search,
}: {
  readonly layer: LayerEntry;
  readonly network: string;
  readonly search: string;
}): JSX.Element {
  const all = Array.from({ length: layer.channels }, (_, index) => index);
  const found =
    search.trim() === "" ? all : all.filter((channel) => String(channel).startsWith(search.trim()));
  return (
    <div class="grid">
      {found.map((channel) => (
        <Card key={channel} layer={layer} network={network} channel={channel} />
      ))}
    </div>
  );
}

function Card({
  layer,
  network,
  channel,
}: {
  readonly layer: LayerEntry;
  readonly network: string;
  readonly channel?: number;
}): JSX.Element {
  const name = channel === undefined ? layer.name : `${layer.name}:${channel}`;
  const used = usedLayers().has(name);
  const scene = path.value ?? "";
  const to = formatRoute({
    type: "layers",
    path: scene,
    layer: layer.name,
    ...(channel === undefined ? {} : { channel }),
  });
  return (
    <div class={used ? "card used" : "card"}>
      <button
        type="button"
        aria-pressed={used}
        aria-label={used ? `Take ${name} out of the scene` : `Add ${name} to the scene`}
        title={used ? "Take it out of the scene" : "Add it to the scene with weight 1"}
        onClick={() => (used ? removeLayer(name) : addLayer(name))}
      >
        <Tile
          scene={scene}
          network={network}
          layer={layer.name}
          {...(channel === undefined ? {} : { channel })}
        />
        <span class="sign">
          <Icon name={used ? "check" : "plus"} />
        </span>
      </button>
      <p class="named">
        <a href={to} class="ellipsis">
          {channel === undefined ? layer.name : channel}
        </a>
        {channel === undefined && layer.channels > 1 && (
          <a href={to} class="channels">
            {layer.channels} channels
          </a>
        )}
      </p>
      {channel === undefined && <p class="about">{layer.about ?? ""}</p>}
    </div>
  );
}
