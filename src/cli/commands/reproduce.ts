import { resolve } from "node:path";
import { engineChoices } from "../../choices.ts";
import { absolutePath } from "../../output.ts";
import { reproduce } from "../../pipeline/render/reproduce.ts";
import { collect, engineOption } from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { type AddCommand, type CommonOptions, printResult } from "../terminal/output.ts";
import { progressPrinter } from "../terminal/progress.ts";

interface ReproduceArguments extends CommonOptions {
  readonly output?: string;
  readonly files?: string[];
  readonly engine?: string;
  readonly force?: boolean;
  readonly fresh?: boolean;
}

/** `dreamreel reproduce FILE` */
export function addReproduce(command: AddCommand): void {
  command("reproduce <file>")
    .description("reproduce a video, a picture or a folder of frames from its recipe")
    .option("-o, --output <file>", "output; default: beside the file, with -again in its name")
    .option("--files <folder>", "also look for the scene's files here; repeatable", collect)
    .option("--engine <name>", `instead of the one it was made on: ${engineChoices.join(", ")}`)
    .option("--fresh", "start over: do not resume an interrupted run")
    .option("--force", "replace an existing output")
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress, no notices")
    .addHelpText("after", "\nExample:\n  dreamreel reproduce out/infinite-zoom.mp4 -o again.mp4")
    .action(async (file: string, options: ReproduceArguments) => {
      const progress = progressPrinter(options);
      const result = await interruptible((signal) =>
        reproduce(resolve(file), {
          folders: options.files ?? [],
          output: options.output === undefined ? undefined : absolutePath(options.output),
          engine: engineOption(options.engine),
          force: options.force === true,
          fresh: options.fresh === true,
          signal,
          onProgress: progress.update,
          onNotice: progress.note,
        }),
      ).finally(progress.end);
      printResult(result, `${result.file}  made again, frames: ${result.frames}`, options);
    });
}
