/** One channel at its own address. */
import type { JSX } from "preact";
import type { LayerEntry } from "../../src/studio/api-scene.ts";
import { Button } from "../parts/button.tsx";
import { path } from "../state/document.ts";
import { formatRoute } from "../state/route.ts";
import { Tile } from "./tile.tsx";
import { addLayer, removeLayer, usedLayers } from "./use.ts";

export interface OneProps {
  readonly layer: LayerEntry;
  readonly channel: number;
  readonly network: string;
}

export function One({ layer, channel, network }: OneProps): JSX.Element {
  const name = `${layer.name}:${channel}`;
  const used = usedLayers().has(name);
  const scene = path.value ?? "";
  const to = (other: number): string =>
    formatRoute({ type: "layers", path: scene, layer: layer.name, channel: other });
  return (
    <div class="one">
      <Tile scene={scene} network={network} layer={layer.name} channel={channel} />
      <div>
        <h3>{name}</h3>
        <p class="soft">
          Channel {channel} of {layer.channels} of {layer.name}
          {layer.receptiveField === null ? "" : `, which sees ${layer.receptiveField} px at once`}.
        </p>
        <Button
          kind={used ? "framed" : "main"}
          icon={used ? "check" : "plus"}
          label={used ? `Take ${name} out of the scene` : `Add ${name} to the scene`}
          onClick={() => (used ? removeLayer(name) : addLayer(name))}
        >
          {used ? "In the scene" : "Add to the scene"}
        </Button>
        <p class="steps">
          {channel > 0 && <a href={to(channel - 1)}>← {channel - 1}</a>}
          {channel < layer.channels - 1 && <a href={to(channel + 1)}>{channel + 1} →</a>}
        </p>
      </div>
    </div>
  );
}
