import { join, parse } from "node:path";
import { engineChoices } from "../../choices.ts";
import { renderStill } from "../../pipeline/stills/still.ts";
import { parseScene } from "../../scene/parse.ts";
import type { Scene } from "../../scene/scene.ts";
import {
  collect,
  modelArgument,
  oneOf,
  pictureFile,
  refuseExisting,
  underDream,
  weights,
  wholeNumber,
} from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { type AddCommand, type CommonOptions, duration, printResult } from "../terminal/output.ts";
import { progressPrinter } from "../terminal/progress.ts";

interface DreamArguments extends CommonOptions {
  readonly output?: string;
  readonly layers?: string;
  readonly class?: string;
  readonly guide?: string;
  readonly model: string;
  readonly engine: string;
  readonly mix?: string;
  readonly color?: string;
  readonly keep?: string;
  readonly size?: string;
  readonly seed: string;
  readonly set?: string[];
  readonly force?: boolean;
}

/** Top-level keys that `--set` accepts in addition to the keys under `dream`. */
const others = ["mix", "color", "matte"];

/** `dreamreel dream IMAGE` */
export function addDream(command: AddCommand): void {
  command("dream <image>")
    .description("dream one picture")
    .option(
      "-o, --output <file>",
      "output: .png .jpg .webp .tif .avif; default: beside the picture, with -dream.png in its name",
    )
    .option(
      "--layers <names>",
      "layers to amplify, with weights: motifs3 or motifs2=0.5,creatures1",
    )
    .option("--class <names>", "classes to amplify, with weights")
    .option("--guide <image>", "a picture whose features the layers should resemble")
    .option("--model <name>", "a network's name, or an .onnx file", "pocket")
    .option("--mix <share>", "share of the dreamed picture, 0..1; the rest is the photo")
    .option(
      "--color <match>",
      "off: the dreamed colours instead of the photo's; or a picture: its colours",
    )
    .option("--keep <share>", "share of the photo's own chroma, 0..1; 1 changes brightness alone")
    .option("--size <WxH>", "scale and crop the picture to this first")
    .option("--seed <number>", "seed of the jitter", "1")
    .option(
      "--set <key=value>",
      "a value under dream, as in a scene: octaves=5; or mix, color, matte",
      collect,
    )
    .option("--engine <name>", engineChoices.join(", "), "auto")
    .option("--force", "replace an existing file, and start even if memory may not suffice")
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress, no notices")
    .addHelpText(
      "after",
      "\nExample:\n  dreamreel dream photo.jpg --layers creatures1 --set octaves=5 --set stepSize=3",
    )
    .action(async (image: string, options: DreamArguments) => {
      const started = performance.now();
      const name = options.output ?? besides(image);
      const file = pictureFile(name);
      await refuseExisting({ output: file, force: options.force });
      const progress = progressPrinter(options, "step");
      const { size } = await interruptible((signal) =>
        renderStill(pictureScene(image, options), file, () => 0, {
          maxBefore: 0,
          engine: oneOf("--engine", options.engine, engineChoices),
          force: options.force === true,
          onNotice: progress.note,
          onProgress: progress.update,
          signal,
        }),
      ).finally(progress.end);
      const seconds = (performance.now() - started) / 1000;
      printResult(
        { file, seconds },
        `${name}  ${size.width}x${size.height} in ${duration(seconds)}`,
        options,
      );
    });
}

/** The default output for a picture. */
function besides(image: string): string {
  const { dir, name } = parse(image);
  return join(dir, `${name}-dream.png`);
}

/** Convert a number; other text is returned as it is, and the scene refuses it. */
function numeric(text: string | undefined): string | number | undefined {
  return text === undefined || Number.isNaN(Number(text)) ? text : Number(text);
}

/** A scene of one frame. All values are overrides, so that errors name the argument. */
function pictureScene(image: string, options: DreamArguments): Scene {
  const { layers, class: classes, guide, model, mix, color, keep, size, seed, set = [] } = options;
  modelArgument(model);
  const given: [string, unknown][] = [
    ["source.image", image],
    ["seed", wholeNumber("--seed", seed, 0, 2 ** 31)],
    ["model", model],
    ["mix", numeric(mix)],
    ["color.match", color],
    ["color.keep", numeric(keep)],
    ["output.size", size],
    ["dream.layers", layers === undefined ? undefined : weights(layers)],
    ["dream.classes", classes === undefined ? undefined : weights(classes)],
    ["dream.guide", guide],
  ];
  const overrides = given.flatMap(([path, value]) =>
    value === undefined ? [] : [`${path}=${JSON.stringify(value)}`],
  );
  return parseScene("duration: 1f\nfeedback: { amount: 0 }\ncolor: { match: source }", {
    path: "dream",
    set: [...overrides, ...underDream(set, others)],
  });
}
