import { resolve } from "node:path";
import { parse } from "yaml";
import { Dreamer } from "../../dream/dreamer.ts";
import { openNetwork } from "../../models/open.ts";
import { selectEngine } from "../../runtime/select-engine.ts";
import { parseScene } from "../../scene/parse.ts";
import { readImage, writeImage } from "../../video/image.ts";
import {
  collect,
  dreamSettings,
  engineChoices,
  modelArgument,
  oneOf,
  refuseExisting,
  weights,
} from "../arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  duration,
  noticePrinter,
  printResult,
} from "../output.ts";

interface DreamArguments extends CommonOptions {
  readonly output: string;
  readonly layers?: string;
  readonly class?: string;
  readonly guide?: string;
  readonly model: string;
  readonly engine: string;
  readonly size?: string;
  readonly seed: string;
  readonly set?: string[];
  readonly force?: boolean;
}

/** `dreamreel dream IMAGE -o FILE` */
export function addDream(command: AddCommand): void {
  command("dream <image>")
    .description("dream one picture")
    .requiredOption("-o, --output <file>", "where the picture goes: .png .jpg .webp .tif .avif")
    .option("--layers <names>", "layers to raise, with weights: motifs3 or motifs2=0.5,creatures1")
    .option("--class <names>", "classes to raise, with weights")
    .option("--guide <image>", "a picture whose features the layers are to resemble")
    .option("--model <name>", "a network's name, or an .onnx file", "pocket")
    .option("--size <WxH>", "scale and crop the picture to this first")
    .option("--seed <number>", "of the jitter", "1")
    .option("--set <key=value>", "a value under dream, as in a scene: octaves=5", collect)
    .option("--engine <name>", engineChoices.join(", "), "auto")
    .option("--force", "replace an existing file")
    .option("--json", "result as JSON")
    .option("--quiet", "no notes")
    .addHelpText(
      "after",
      "\nExample:\n  dreamreel dream photo.jpg -o dream.png --layers creatures1 --set octaves=5 --set stepSize=3",
    )
    .action(async (image: string, options: DreamArguments) => {
      const started = performance.now();
      await refuseExisting(options);
      const size = sizeOf(options.size);
      const frame = await readImage(resolve(image), size);
      const network = await openNetwork(modelArgument(options.model), {
        onNotice: noticePrinter(options),
      });
      const engine = await selectEngine(oneOf("--engine", options.engine, engineChoices));
      try {
        const dreamer = new Dreamer(network, engine);
        const { frame: dreamed } = await dreamer.dream(
          frame,
          dreamer.settings({
            ...(await dreamSettings(options.set ?? [], options.guide)),
            ...(options.layers === undefined ? {} : { layers: weights(options.layers) }),
            ...(options.class === undefined ? {} : { classes: weights(options.class) }),
          }),
          Number(options.seed),
        );
        await writeImage(dreamed, resolve(options.output));
      } finally {
        await engine.dispose();
      }
      const seconds = (performance.now() - started) / 1000;
      printResult(
        { file: resolve(options.output), seconds },
        `${options.output}  ${frame.width}x${frame.height} in ${duration(seconds)}`,
        options,
      );
    });
}

function sizeOf(text: string | undefined): { width: number; height: number } | undefined {
  if (text === undefined) return undefined;
  return parseScene(
    `source: { noise: {} }\noutput: { size: ${JSON.stringify(String(parse(text)))} }`,
    { path: "--size" },
  ).output.size;
}
