import { resolve } from "node:path";
import { engineChoices } from "../../choices.ts";
import { DreamError } from "../../errors.ts";
import type { FarmFilm } from "../../farm/share/film.ts";
import type { Submitted } from "../../farm/submit.ts";
import { outputPath, parseOutput } from "../../output.ts";
import { outputOf, refuseEqualOutputs } from "../../pipeline/plan/output-name.ts";
import type { Scene } from "../../scene/scene.ts";
import {
  collect,
  engineOption,
  loadScene,
  refuseFiles,
  wholeNumber,
} from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import {
  type AddCommand,
  type CommonOptions,
  duration,
  noticePrinter,
  printResult,
} from "../terminal/output.ts";
import { progressPrinter } from "../terminal/progress.ts";
import { inFarm, type PlaceArguments, withPlace } from "./farm-place.ts";

interface SubmitArguments extends PlaceArguments, CommonOptions {
  readonly output?: string;
  readonly set?: string[];
  readonly preview?: boolean;
  readonly engine?: string;
  readonly priority: string;
  readonly tags?: string;
  readonly wait?: boolean;
  readonly force?: boolean;
}

/** `dreamreel farm submit SCENE …` */
export function addSubmit(command: AddCommand): void {
  withPlace(command("submit <scene...>"))
    .description("give one or several scenes to the farm, as one film")
    .option(
      "-o, --output <file>",
      "where --wait copies the output, instead of the scene's; a name ending in / means PNG frames",
    )
    .option(
      "--set <path=value>",
      "override a value of the scene; repeatable. Several values, a.b=1,2,3, make a film of each",
      collect,
    )
    .option("--preview", "half the size, half the frame rate, half the steps")
    .option("--engine <name>", `instead of the scene's: ${engineChoices.join(", ")}`)
    .option("--priority <n>", "from -100 to 100; films with more come first", "0")
    .option("--tags <tag>", "only on workers with this tag")
    .option("--wait", "show the progress, and copy the output here when it is done")
    .option("--force", "with --wait: replace an existing output")
    .option("--json", "result and progress as JSON")
    .option("--quiet", "no progress, no notices")
    .addHelpText(
      "after",
      `
The same film again goes on where it was. Ctrl-C ends the waiting, and the farm goes on.

Examples:
  dreamreel farm submit film.yaml -o film.mp4 --wait
  dreamreel farm submit film.yaml --set dream.stepSize=1,2,3 --set dream.octaves=3,4`,
    )
    .action((paths: string[], options: SubmitArguments) => submitScenes(paths, options));
}

async function submitScenes(paths: readonly string[], options: SubmitArguments): Promise<void> {
  const [{ submit }, { combine, variantOutput }, { parseTags }, { refuseDelivery }] =
    await Promise.all([
      import("../../farm/submit.ts"),
      import("../../farm/value-lists.ts"),
      import("../../farm/queue/names.ts"),
      import("../../farm/deliver.ts"),
    ]);
  if (options.output !== undefined && paths.length > 1)
    throw new DreamError("USAGE", "-o names one file, but there are several scenes", {
      hint: "Each scene is written to its own output.file; omit -o.",
    });
  const priority = wholeNumber("--priority", options.priority, -100, 100);
  const tags = options.tags === undefined ? [] : parseTags(options.tags);
  if (tags.length > 1)
    throw new DreamError("USAGE", `--tags ${options.tags}: a film asks for one tag`, {
      hint: "Give the workers that have all of them one tag more, and ask for that.",
    });
  const engine = engineOption(options.engine);
  refuseFiles("--set", options.set ?? []);
  const scenes: Scene[] = [];
  const targets: string[] = [];
  for (const path of paths)
    for (const variant of combine(options.set ?? [])) {
      const scene = await loadScene(path, variant.set);
      const base =
        options.output === undefined
          ? outputOf(scene, options.preview)
          : parseOutput(options.output);
      const target = outputPath(variantOutput(base, variant));
      scenes.push(scene);
      targets.push(resolve(target) + (target.endsWith("/") ? "/" : ""));
    }
  refuseEqualOutputs(targets);
  if (options.wait && !options.force) for (const target of targets) await refuseDelivery(target);
  const note = noticePrinter(options);
  await interruptible((signal) =>
    inFarm(options, async (farm) => {
      const submitted = await submit(farm, scenes, {
        ...(engine === undefined ? {} : { engine }),
        ...{ preview: options.preview === true, priority, tags, deliver: targets },
        ...{ onNotice: note, signal },
      });
      const { film } = submitted;
      if (!options.wait) {
        printResult(resultOf(submitted, []), describe(submitted), options);
        return;
      }
      const progress = progressPrinter(options);
      if (!options.quiet && !options.json) process.stderr.write(`${describe(submitted)}\n`);
      const [{ waitForFilm }, { deliver }] = await Promise.all([
        import("../../farm/wait.ts"),
        import("../../farm/deliver.ts"),
      ]);
      const waiting = { signal, onProgress: progress.update, onNotice: progress.note };
      const began = performance.now();
      await waitForFilm(farm, film, waiting).finally(progress.end);
      const files = await deliver(farm.share, film, targets, options.force === true);
      const seconds = (performance.now() - began) / 1000;
      const text = files
        .map((file, i) => `${file}  ${film.scenes[i]!.frames} frames in ${duration(seconds)}`)
        .join("\n");
      printResult(resultOf(submitted, files), text, options);
    }),
  );
}

function resultOf({ film, ...rest }: Submitted, files: readonly string[]): object {
  return { id: film.id, ...rest, files };
}

/** What a person wants to know of a film that was given to the farm. */
function describe(submitted: Submitted): string {
  const { film, pieces, missing, isSearched, frames, chains, secondsLeft, workers } = submitted;
  const scenes = film.scenes.length > 1 ? `${film.scenes.length} scenes, ` : "";
  const done = missing < pieces ? `, ${missing} of them to do` : "";
  const parts = isSearched
    ? "; the cuts of its clips are looked for, then it is split"
    : ` in ${count(pieces, "piece")}${done}`;
  const lines = [`${film.id}  ${scenes}${count(frames, "frame")}${parts}`];
  const told = new Set<number>();
  for (const { scene, shot, frames: own, seconds } of chains) {
    const { stretches } = film.scenes[scene]!;
    // Of the stretches of a shot, the longest comes first.
    if (stretches !== undefined && told.has(scene)) continue;
    told.add(scene);
    const what =
      stretches === undefined
        ? `${shotWords(film, scene, shot)} feeds back: its ${own} frames are dreamed one after the other`
        : `${shotWords(film, scene, 0)} is split in ${stretches}, with approximate seams: up to ${own} frames are dreamed one after the other`;
    lines.push(`  ${what}${seconds === undefined ? "" : `, about ${duration(seconds)}`}`);
  }
  if (missing === 0) lines.push("  it is finished");
  else if (workers === 0)
    lines.push('  no worker for it runs now; start one with "dreamreel farm worker"');
  else
    lines.push(
      `  ${count(workers, "worker")} can dream it${
        secondsLeft === undefined
          ? "; the time is known once they have dreamed some frames"
          : `, in about ${duration(secondsLeft)}`
      }`,
    );
  return lines.join("\n");
}

function shotWords({ scenes }: FarmFilm, scene: number, shot: number): string {
  return `${scenes.length > 1 ? `scene ${scene + 1}, ` : ""}shot ${shot + 1}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
