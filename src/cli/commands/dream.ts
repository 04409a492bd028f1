import { resolve } from "node:path";
import { renderStill } from "../../pipeline/still.ts";
import { parseScene } from "../../scene/parse.ts";
import type { Scene } from "../../scene/scene.ts";
import {
  collect,
  engineChoices,
  modelArgument,
  oneOf,
  refuseExisting,
  underDream,
  weights,
  wholeNumber,
} from "../arguments.ts";
import { interruptible } from "../interrupt.ts";
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
    .option("--force", "replace an existing file, and begin though memory will hardly do")
    .option("--json", "result as JSON")
    .option("--quiet", "no notes")
    .addHelpText(
      "after",
      "\nExample:\n  dreamreel dream photo.jpg -o dream.png --layers creatures1 --set octaves=5 --set stepSize=3",
    )
    .action(async (image: string, options: DreamArguments) => {
      const started = performance.now();
      await refuseExisting(options);
      const file = resolve(options.output);
      const { size } = await interruptible((signal) =>
        renderStill(pictureScene(image, options), file, () => 0, {
          mostBefore: 0,
          engine: oneOf("--engine", options.engine, engineChoices),
          force: options.force === true,
          onNotice: noticePrinter(options),
          signal,
        }),
      );
      const seconds = (performance.now() - started) / 1000;
      printResult(
        { file, seconds },
        `${options.output}  ${size.width}x${size.height} in ${duration(seconds)}`,
        options,
      );
    });
}

/** A scene of one frame. All of it is said as overrides: where something is wrong, the error names the argument. */
function pictureScene(image: string, options: DreamArguments): Scene {
  const { layers, class: classes, guide, model, size, seed, set = [] } = options;
  modelArgument(model);
  const given: [string, unknown][] = [
    ["source.image", image],
    ["seed", wholeNumber("--seed", seed, 0, 2 ** 31)],
    ["model", model],
    ["output.size", size],
    ["dream.layers", layers === undefined ? undefined : weights(layers)],
    ["dream.classes", classes === undefined ? undefined : weights(classes)],
    ["dream.guide", guide],
  ];
  const overrides = given.flatMap(([path, value]) =>
    value === undefined ? [] : [`${path}=${JSON.stringify(value)}`],
  );
  return parseScene("duration: 1f\ncolor: { match: off }", {
    path: "dream",
    set: [...overrides, ...underDream(set)],
  });
}
