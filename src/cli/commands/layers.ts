import { openNetwork } from "../../models/open.ts";
import { memberName, type Network } from "../../network.ts";
import { NetworkOpener } from "../../pipeline/plan/open-networks.ts";
import { loadScene, modelArgument } from "../arguments/arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  noticePrinter,
  printResult,
  table,
} from "../terminal/output.ts";

/** `dreamreel layers MODEL` */
export function addLayers(command: AddCommand): void {
  command("layers [model]")
    .description("list the layers and classes that a scene can name, of a network or of a scene")
    .option("--json", "as JSON")
    .option("--quiet", "no notices")
    .addHelpText("after", "\nExample:\n  dreamreel layers pocket\n  dreamreel layers scene.yaml")
    .action(async (model: string | undefined, options: CommonOptions) => {
      const networks = await networksOf(model ?? "pocket", options);
      const lists = networks.map((network) => ({
        layers: network.layers,
        classes: classesOf(network),
      }));
      const headed = networks.length > 1;
      const texts = networks.map((network) =>
        headed ? `${network.name}\n${describe(network)}` : describe(network),
      );
      printResult(headed ? lists : lists[0]!, texts.join("\n\n"), options);
    });
}

/** A network, or those of the shots of a scene. */
async function networksOf(model: string, options: CommonOptions): Promise<Network[]> {
  const onNotice = noticePrinter(options);
  if (!/\.ya?ml$/i.test(model)) return [await openNetwork(modelArgument(model), { onNotice })];
  const scene = await loadScene(model);
  const opener = new NetworkOpener({ onNotice });
  return [...new Set(await Promise.all((scene.shots ?? [scene]).map((shot) => opener.of(shot))))];
}

/** The class labels of a network, or of each of its parts. */
function classesOf({ labels, parts }: Network): readonly string[] {
  if (!parts) return labels;
  return [...parts].flatMap(([name, part]) => part.labels.map((label) => memberName(name, label)));
}

function describe(network: Network): string {
  const rows = network.layers.map(
    (layer) =>
      [
        layer.name,
        layer.op,
        layer.channels,
        layer.stride,
        field(layer.receptiveField).padStart(8),
        `${Math.round(100 * (layer.cost ?? 0))} %`.padStart(5),
        [layer.about, layer.aliases?.join(" ")].filter(Boolean).join("; "),
      ] as const,
  );
  const heads = ["layer", "op", "channels", "stride", "sees px", "cost", "dreams; also called"];
  const classes = classesOf(network);
  const list = classes.map((label) => label.split(",")[0]).join(", ");
  const text = table([heads, ...rows]);
  return classes.length > 0 ? `${text}\n\n${classes.length} classes: ${list}` : text;
}

function field(size: number | undefined): string {
  return size === undefined || !Number.isFinite(size) ? "all" : `${size}`;
}
