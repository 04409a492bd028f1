import { basename } from "node:path";
import { engineChoices } from "../../choices.ts";
import { DreamError, formatError, printable } from "../../errors.ts";
import { absolutePath } from "../../output.ts";
import type { RenderForecast } from "../../pipeline/forecast/progress.ts";
import { renderScene } from "../../pipeline/render/render.ts";
import { type RenderManyOptions, renderScenes } from "../../pipeline/render/render-many.ts";
import type { RenderResult } from "../../pipeline/render/render-options.ts";
import { motionOnly } from "../../scene/motion-only.ts";
import type { Scene } from "../../scene/scene.ts";
import {
  collect,
  engineOption,
  frameRange,
  loadScene,
  wholeNumber,
} from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import {
  type AddCommand,
  type CommonOptions,
  duration,
  megabytes,
  noticePrinter,
  printResult,
} from "../terminal/output.ts";
import { progressPrinter } from "../terminal/progress.ts";

interface RenderArguments extends CommonOptions {
  readonly output?: string;
  readonly set?: string[];
  readonly frames?: string;
  readonly preview?: boolean;
  readonly motion?: boolean;
  readonly engine?: string;
  readonly force?: boolean;
  readonly fresh?: boolean;
  readonly jobs: string;
}

/** `dreamreel render SCENE …` */
export function addRender(command: AddCommand): void {
  command("render <scene...>")
    .description("render one or several scenes, each into its own video")
    .option(
      "-o, --output <file>",
      "output file instead of the scene's; a name ending in / means PNG frames",
    )
    .option("--set <path=value>", "override a value of the scene; repeatable", collect)
    .option("--frames <A..B>", "only these frames; they count from 0, and both ends are included")
    .option(
      "--preview",
      "half the size, half the frame rate, half the steps, into NAME.preview.mp4",
    )
    .option("--motion", "everything but the dream, at full speed, into NAME.motion.mp4")
    .option("--engine <name>", `instead of the scene's: ${engineChoices.join(", ")}`)
    .option(
      "--jobs <n>",
      "number of scenes, or on the CPU of shots of one scene, to render in parallel on shared cores",
      "1",
    )
    .option(
      "--fresh",
      "start over: do not resume an interrupted run, and render even if nothing has changed",
    )
    .option(
      "--force",
      "replace an output that this scene did not make; start even if memory or disk space may not suffice",
    )
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress, no notices")
    .addHelpText(
      "after",
      "\nExample:\n  dreamreel render scenes/infinite-zoom.yaml --preview --set motion.zoom=2 -o zoom.mp4",
    )
    .action(async (paths: string[], options: RenderArguments) => {
      const dreamed = await Promise.all(paths.map((path) => loadScene(path, options.set)));
      const scenes = options.motion ? dreamed.map(motionOnly) : dreamed;
      const jobs = wholeNumber("--jobs", options.jobs, 1, 256);
      const common = {
        frames: options.frames === undefined ? undefined : frameRange(options.frames),
        engine: engineOption(options.engine),
        preview: options.preview === true,
        force: options.force === true,
        fresh: options.fresh === true,
        onNotice: noticePrinter(options),
      };
      if (scenes.length > 1) return renderMany(scenes, paths, jobs, options, common);
      const progress = progressPrinter(options);
      const result = await interruptible((signal) =>
        renderScene(scenes[0]!, {
          ...common,
          output: options.output === undefined ? undefined : absolutePath(options.output),
          jobs,
          signal,
          onProgress: progress.update,
          onForecast: forecastPrinter(options, progress.note),
          onNotice: progress.note,
        }),
      ).finally(progress.end);
      printResult(result, describe(result), options);
    });
}

/** A callback that prints the forecast of a render. */
function forecastPrinter(
  options: RenderArguments,
  note: (message: string) => void,
): (forecast: RenderForecast) => void {
  return ({ seconds, memoryBytes, diskBytes }) => {
    if (!options.json)
      note(
        `about ${duration(seconds)} to go, ${megabytes(memoryBytes)} of memory, ${megabytes(diskBytes)} of disk until it is done`,
      );
  };
}

/** Render several scenes and print each failure; the first failure decides the exit code. */
async function renderMany(
  scenes: readonly Scene[],
  paths: readonly string[],
  jobs: number,
  options: RenderArguments,
  common: Omit<RenderManyOptions, "jobs">,
): Promise<void> {
  if (options.output !== undefined) {
    throw new DreamError("USAGE", "-o names one file, but there are several scenes", {
      hint: "Each scene is written to its own output.file; omit -o.",
    });
  }
  const lines = paths.map((path) => progressPrinter(options, "frame", `${basename(path)}  `));
  const outcomes = await interruptible((signal) =>
    renderScenes(scenes, {
      ...common,
      jobs,
      signal,
      onProgress: (scene, progress) => lines[scene]!.update(progress),
    }),
  ).finally(() => lines[0]!.end());
  const results = outcomes.flatMap((outcome) => ("result" in outcome ? [outcome.result] : []));
  if (results.length > 0) printResult(results, results.map(describe).join("\n"), options);
  const errors = outcomes.flatMap((outcome, i) =>
    "error" in outcome ? [{ error: outcome.error, path: paths[i]! }] : [],
  );
  for (const { error, path } of errors.slice(1))
    process.stderr.write(`${printable(path)}: ${formatError(error)}\n`);
  if (errors[0]) throw errors[0].error;
}

function describe({ file, frames, dreamed, upToDate, seconds }: RenderResult): string {
  if (upToDate)
    return `${file}  is up to date: ${frames} frames of the same scene. Use --fresh to render it again`;
  const kept = dreamed < frames ? `, ${frames - dreamed} of them from before` : "";
  const more = dreamed > frames ? `, ${dreamed} dreamed` : "";
  return `${file}  ${frames} frames in ${duration(seconds)}${kept}${more}`;
}
