import { openNetwork } from "../../models/open.ts";
import { modelArgument } from "../arguments/arguments.ts";
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
    .description("list the layers and classes of a network that a scene can name")
    .option("--json", "as JSON")
    .option("--quiet", "no notices")
    .addHelpText("after", "\nExample:\n  dreamreel layers pocket")
    .action(async (model: string | undefined, options: CommonOptions) => {
      const network = await openNetwork(modelArgument(model ?? "pocket"), {
        onNotice: noticePrinter(options),
      });
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
      const text = table([heads, ...rows]);
      const classes =
        network.labels.length > 0
          ? `\n\n${network.labels.length} classes: ${network.labels.map((label) => label.split(",")[0]).join(", ")}`
          : "";
      printResult({ layers: network.layers, classes: network.labels }, text + classes, options);
    });
}

function field(size: number | undefined): string {
  return size === undefined || !Number.isFinite(size) ? "all" : `${size}`;
}
