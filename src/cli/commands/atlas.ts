import { extname, resolve } from "node:path";
import { engineChoices } from "../../choices.ts";
import { DreamError } from "../../errors.ts";
import { openNetwork } from "../../models/open.ts";
import { renderAtlas } from "../../pipeline/stills/atlas.ts";
import { selectEngine } from "../../runtime/select/select-engine.ts";
import {
  collect,
  dreamSettings,
  modelArgument,
  oneOf,
  refuseExisting,
  wholeNumber,
} from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import {
  type AddCommand,
  type CommonOptions,
  noticePrinter,
  printResult,
} from "../terminal/output.ts";
import { progressPrinter } from "../terminal/progress.ts";

interface AtlasArguments extends CommonOptions {
  readonly output: string;
  readonly layer?: string;
  readonly image?: string;
  readonly tile: string;
  readonly columns?: string;
  readonly seed: string;
  readonly set?: string[];
  readonly engine: string;
  readonly html?: boolean;
  readonly force?: boolean;
}

/** `dreamreel atlas MODEL -o FILE` */
export function addAtlas(command: AddCommand): void {
  command("atlas [model]")
    .description(
      "write a contact sheet with a dream of every layer, or of every channel of one layer",
    )
    .requiredOption("-o, --output <file>", "a picture: .png .jpg .webp, or a page to browse: .html")
    .option("--layer <name>", "show the channels of this layer, or some: motifs3:0-49")
    .option("--image <file>", "dream on this picture instead of noise")
    .option("--tile <px>", "side of a tile, 32 to 1024", "128")
    .option("--columns <count>", "tiles side by side")
    .option("--seed <number>", "seed of the noise and the jitter", "1")
    .option("--set <key=value>", "a value under dream, as in a scene: octaves=4", collect)
    .option("--engine <name>", engineChoices.join(", "), "auto")
    .option("--html", "write an HTML page, whatever the file extension")
    .option("--force", "replace an existing file, and start even if memory may not suffice")
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress, no notices")
    .addHelpText("after", "\nExample:\n  dreamreel atlas pocket --layer motifs3 -o motifs3.html")
    .action(run);
}

async function run(model: string | undefined, options: AtlasArguments): Promise<void> {
  const html = options.html === true || extname(options.output).toLowerCase() === ".html";
  if (!html && !/\.(png|jpe?g|webp)$/i.test(options.output)) {
    throw new DreamError("USAGE", `-o ${options.output}: an atlas is a picture or a page`, {
      hint: "End the name in .png, .jpg, .webp or .html.",
    });
  }
  const tile = wholeNumber("--tile", options.tile, 32, 1024);
  const columns =
    options.columns === undefined ? undefined : wholeNumber("--columns", options.columns, 1, 200);
  const seed = wholeNumber("--seed", options.seed, 0, 2 ** 31);
  await refuseExisting(options);
  const onNotice = noticePrinter(options);
  const dream = await dreamSettings(options.set ?? [], onNotice);
  if (dream.layers || dream.classes) {
    throw new DreamError("USAGE", "--set: an atlas chooses its layers and classes itself", {
      hint: "--layer motifs3 shows its channels, --layer motifs3:0-49 the first fifty.",
    });
  }
  const network = await openNetwork(modelArgument(model ?? "pocket"), { onNotice });
  const progress = progressPrinter(options, "tile");
  const engine = await selectEngine(oneOf("--engine", options.engine, engineChoices));
  try {
    const result = await interruptible((signal) =>
      renderAtlas(network, engine, {
        output: resolve(options.output),
        layer: options.layer,
        image: options.image === undefined ? undefined : resolve(options.image),
        columns,
        tile,
        seed,
        dream,
        html,
        force: options.force === true,
        signal,
        onNotice,
        onProgress: progress.update,
      }),
    ).finally(progress.end);
    printResult(result, `${result.file}  ${result.tiles} tiles`, options);
  } finally {
    await engine.dispose();
  }
}
