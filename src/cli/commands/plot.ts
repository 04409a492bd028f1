import { extname, resolve } from "node:path";
import { DreamError } from "../../errors.ts";
import { plotScene } from "../../pipeline/stills/plot.ts";
import { collect, loadScene, refuseExisting } from "../arguments/arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  noticePrinter,
  printResult,
} from "../terminal/output.ts";

interface PlotArguments extends CommonOptions {
  readonly output: string;
  readonly set?: string[];
  readonly force?: boolean;
}

const endings = [".png", ".svg", ".jpg", ".webp"];

/** `dreamreel plot SCENE` */
export function addPlot(command: AddCommand): void {
  command("plot <scene>")
    .description("plot everything that changes over time, with shots, keys and sound")
    .requiredOption("-o, --output <file>", `the picture: ${endings.join(" ")}`)
    .option("--set <path=value>", "override a value of the scene; repeatable", collect)
    .option("--force", "replace an existing file")
    .option("--json", "as JSON")
    .option("--quiet", "no notices")
    .addHelpText("after", "\nExample:\n  dreamreel plot scenes/layers-in-turn.yaml -o plot.png")
    .action(async (path: string, options: PlotArguments) => {
      const file = resolve(options.output);
      if (!endings.includes(extname(file).toLowerCase())) {
        throw new DreamError("USAGE", `a plot cannot be written as "${options.output}"`, {
          hint: `Give -o a file ending in ${endings.join(", ")}.`,
        });
      }
      await refuseExisting({ output: file, force: options.force });
      const scene = await loadScene(path, options.set);
      const { lanes } = await plotScene(scene, file, { onNotice: noticePrinter(options) });
      const what = lanes.length > 0 ? lanes.join(", ") : "nothing changes over time";
      printResult({ file, lanes }, `${file}  ${what}`, options);
    });
}
