import { engineChoices } from "../../choices.ts";
import { maxFrames } from "../../pipeline/plan/plan-shot.ts";
import { renderStill } from "../../pipeline/stills/still.ts";
import { motionOnly } from "../../scene/motion-only.ts";
import {
  collect,
  engineOption,
  frameAt,
  loadScene,
  pictureFile,
  refuseExisting,
  wholeNumber,
} from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { type AddCommand, type CommonOptions, printResult } from "../terminal/output.ts";
import { progressPrinter } from "../terminal/progress.ts";

interface StillArguments extends CommonOptions {
  readonly at: string;
  readonly output: string;
  readonly before: string;
  readonly set?: string[];
  readonly preview?: boolean;
  readonly motion?: boolean;
  readonly engine?: string;
  readonly force?: boolean;
}

/** `dreamreel still SCENE` */
export function addStill(command: AddCommand): void {
  command("still <scene>")
    .description("render one frame of a scene")
    .requiredOption("--at <time>", "time of the frame: 4s, 1:30, 96f or 50%")
    .requiredOption("-o, --output <file>", "the picture: .png .jpg .webp .tif .avif")
    .option("--before <frames>", "dream this many frames before it, to feed back", "12")
    .option("--set <path=value>", "override a value of the scene; repeatable", collect)
    .option("--preview", "half the size, half the frame rate, half the steps")
    .option("--motion", "everything but the dream, at full speed")
    .option("--engine <name>", `instead of the scene's: ${engineChoices.join(", ")}`)
    .option("--force", "replace an existing file, and start even if memory may not suffice")
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress, no notices")
    .addHelpText(
      "after",
      "\nExample:\n  dreamreel still scenes/infinite-zoom.yaml --at 50% -o middle.png",
    )
    .action(async (path: string, options: StillArguments) => {
      const file = pictureFile(options.output);
      await refuseExisting({ output: file, force: options.force });
      const dreamed = await loadScene(path, options.set);
      const scene = options.motion ? motionOnly(dreamed) : dreamed;
      const progress = progressPrinter(options, "step");
      const maxBefore = wholeNumber("--before", options.before, 0, maxFrames);
      const result = await interruptible((signal) =>
        renderStill(scene, file, (plan) => frameAt("--at", options.at, plan), {
          maxBefore,
          force: options.force === true,
          signal,
          preview: options.preview === true,
          engine: engineOption(options.engine),
          onNotice: progress.note,
          onProgress: progress.update,
        }),
      ).finally(progress.end);
      if (!result.exact) {
        progress.note(
          `this is an approximation: a whole render feeds back all earlier frames; here ${maxBefore} were dreamed. --before sets more`,
        );
      }
      printResult({ file, ...result }, `${file}  frame ${result.frame}`, options);
    });
}
