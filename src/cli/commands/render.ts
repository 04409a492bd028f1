import { resolve } from "node:path";
import { renderScene } from "../../pipeline/render.ts";
import { collect, engineChoices, frameRange, loadScene, oneOf } from "../arguments.ts";
import { interruptible } from "../interrupt.ts";
import {
  type AddCommand,
  type CommonOptions,
  duration,
  noticePrinter,
  printResult,
} from "../output.ts";
import { progressPrinter } from "../progress.ts";

interface RenderArguments extends CommonOptions {
  readonly output?: string;
  readonly set?: string[];
  readonly frames?: string;
  readonly preview?: boolean;
  readonly engine?: string;
  readonly force?: boolean;
}

/** `dreamreel render SCENE` */
export function addRender(command: AddCommand): void {
  command("render <scene>")
    .description("render a scene into its video")
    .option("-o, --output <file>", "write there instead; a name ending in / gives PNG frames")
    .option("--set <path=value>", "override a value of the scene, again for more", collect)
    .option("--frames <A..B>", "only these frames, from 0, both included")
    .option("--preview", "half the size, half the frame rate, half the steps")
    .option("--engine <name>", `instead of the scene's: ${engineChoices.join(", ")}`)
    .option("--force", "replace an output that dreamreel did not make")
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress, no notes")
    .addHelpText(
      "after",
      "\nExample:\n  dreamreel render scenes/infinite-zoom.yaml --preview --set motion.zoom=2 -o zoom.mp4",
    )
    .action(async (path: string, options: RenderArguments) => {
      const scene = await loadScene(path, options.set);
      const progress = progressPrinter(options);
      const result = await interruptible((signal) =>
        renderScene(scene, {
          ...(options.output === undefined ? {} : { output: absolute(options.output) }),
          ...(options.frames === undefined ? {} : { frames: frameRange(options.frames) }),
          ...(options.engine === undefined
            ? {}
            : { engine: oneOf("--engine", options.engine, engineChoices) }),
          preview: options.preview === true,
          force: options.force === true,
          signal,
          onProgress: progress.update,
          onNotice: noticePrinter(options),
        }),
      ).finally(progress.end);
      printResult(
        result,
        `${result.file}  ${result.frames} frames in ${duration(result.seconds)}`,
        options,
      );
    });
}

/** An absolute path that keeps the closing slash of a frames folder. */
function absolute(file: string): string {
  return resolve(file) + (/[/\\]$/.test(file) ? "/" : "");
}
