import { resolve } from "node:path";
import { openNetwork } from "../../models/open.ts";
import { classify } from "../../pipeline/classify.ts";
import { selectEngine } from "../../runtime/select-engine.ts";
import { readImage } from "../../video/image.ts";
import { modelArgument } from "../arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  noticePrinter,
  printResult,
  table,
} from "../output.ts";

interface ClassifyArguments extends CommonOptions {
  readonly model: string;
  readonly top: string;
}

/** `dreamreel classify IMAGE` */
export function addClassify(command: AddCommand): void {
  command("classify <image>")
    .description(
      "what a network sees in a picture; sensible labels mean the preprocessing is right",
    )
    .option("--model <name>", "a network's name, or an .onnx file", "pocket")
    .option("--top <count>", "how many labels", "5")
    .option("--json", "as JSON")
    .option("--quiet", "no notes")
    .addHelpText("after", "\nExample:\n  dreamreel classify lion.jpg --top 3")
    .action(async (image: string, options: ClassifyArguments) => {
      const network = await openNetwork(modelArgument(options.model), {
        onNotice: noticePrinter(options),
      });
      const frame = await readImage(resolve(image), {
        width: network.nativeSize,
        height: network.nativeSize,
      });
      const engine = await selectEngine("auto");
      try {
        const labels = await classify(
          network,
          engine,
          frame,
          Math.max(1, Number(options.top) || 5),
        );
        printResult(
          labels,
          table(
            labels.map(({ label, probability }) => [
              `${(100 * probability).toFixed(1)} %`.padStart(7),
              label,
            ]),
          ),
          options,
        );
      } finally {
        await engine.dispose();
      }
    });
}
