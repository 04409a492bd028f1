import { openNetwork } from "../../models/open.ts";
import { modelArgument } from "../arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  noticePrinter,
  printResult,
  table,
} from "../output.ts";

/** `dreamreel layers MODEL` */
export function addLayers(command: AddCommand): void {
  command("layers [model]")
    .description("the layers and classes of a network that a scene can name")
    .option("--json", "as JSON")
    .option("--quiet", "no notes")
    .addHelpText("after", "\nExample:\n  dreamreel layers pocket")
    .action(async (model: string | undefined, options: CommonOptions) => {
      const network = await openNetwork(modelArgument(model ?? "pocket"), {
        onNotice: noticePrinter(options),
      });
      const rows = network.layers.map(
        (layer) => [layer.name, layer.op, layer.channels, layer.stride, layer.about ?? ""] as const,
      );
      const text = table([["layer", "op", "channels", "stride", ""], ...rows]);
      const classes =
        network.labels.length > 0
          ? `\n\n${network.labels.length} classes: ${network.labels.map((label) => label.split(",")[0]).join(", ")}`
          : "";
      printResult({ layers: network.layers, classes: network.labels }, text + classes, options);
    });
}
