import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { Dreamer } from "../../dream/dreamer.ts";
import type { DreamOptions } from "../../dream/settings.ts";
import { DreamError } from "../../errors.ts";
import { openNetwork } from "../../models/open.ts";
import { openGuide } from "../../pipeline/render.ts";
import { selectEngine } from "../../runtime/select-engine.ts";
import { parseScene } from "../../scene/parse.ts";
import { clockAt, resolveFrame } from "../../scene/resolve.ts";
import { readImage, writeImage } from "../../video/image.ts";
import { collect, engineChoices, modelArgument, oneOf, weights } from "../arguments.ts";
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
          dreamer.settings(await dreamOptions(options)),
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

/** `--set` goes through the scene language, so that its checks and messages are the same. */
async function dreamOptions(options: DreamArguments): Promise<DreamOptions> {
  const set = (options.set ?? []).map((argument) =>
    argument.startsWith("dream.") ? argument : `dream.${argument}`,
  );
  if (options.guide !== undefined) set.push(`dream.guide=${JSON.stringify(options.guide)}`);
  const scene = parseScene("source: { noise: {} }", { path: "dream", set });
  const guide = await openGuide(scene);
  return {
    ...resolveFrame(scene, clockAt(0, 1, 1)).dream,
    ...(guide ? { guide } : {}),
    ...(options.layers === undefined ? {} : { layers: weights(options.layers) }),
    ...(options.class === undefined ? {} : { classes: weights(options.class) }),
  };
}

function sizeOf(text: string | undefined): { width: number; height: number } | undefined {
  if (text === undefined) return undefined;
  return parseScene(
    `source: { noise: {} }\noutput: { size: ${JSON.stringify(String(parse(text)))} }`,
    { path: "--size" },
  ).output.size;
}

async function refuseExisting({ output, force }: DreamArguments): Promise<void> {
  if (force) return;
  const exists = await access(output).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new DreamError("OUTPUT_EXISTS", "the output exists", {
      where: output,
      hint: "Choose another name, or replace it with --force.",
    });
}
