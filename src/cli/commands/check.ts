import { engineChoices } from "../../choices.ts";
import { retainedShare } from "../../pipeline/cache/retention.ts";
import { estimateRender, type RenderEstimate } from "../../pipeline/forecast/estimate.ts";
import { filmParametersAt, isSplit, type RenderPlan } from "../../pipeline/plan/plan.ts";
import { type FrameParameters, listParameters } from "../../scene/resolve.ts";
import { collect, engineOption, frameAt, loadScene } from "../arguments/arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  digits,
  duration,
  megabytes,
  noticePrinter,
  printResult,
  table,
} from "../terminal/output.ts";

interface CheckArguments extends CommonOptions {
  readonly set?: string[];
  readonly engine?: string;
  readonly at?: string[];
}

/** `dreamreel check SCENE` */
export function addCheck(command: AddCommand): void {
  command("check <scene>")
    .description("validate a scene; print its plan, predicted time, memory and disk")
    .option("--set <path=value>", "override a value of the scene; repeatable", collect)
    .option("--at <time>", "print every value at 4s, 1:30, 96f or 50%; repeatable", collect)
    .option("--engine <name>", `instead of the scene's: ${engineChoices.join(", ")}`)
    .option("--json", "as JSON")
    .option("--quiet", "no notices")
    .addHelpText(
      "after",
      "\nExample:\n  dreamreel check scenes/infinite-zoom.yaml --at 0s --at 50%",
    )
    .action(async (path: string, options: CheckArguments) => {
      const scene = await loadScene(path, options.set);
      const estimate = await estimateRender(scene, {
        engine: engineOption(options.engine),
        onNotice: noticePrinter(options),
      });
      const { plan, settings } = estimate;
      const text = table([
        ["output", estimate.file],
        ["size", `${plan.size.width}x${plan.size.height}`],
        ...shotRows(plan),
        [
          "frames",
          `${plan.frames} at ${plan.fps.den === 1 ? plan.fps.num : `${plan.fps.num}/${plan.fps.den}`} frames/s, ${duration((plan.frames * plan.fps.den) / plan.fps.num)}`,
        ],
        ...beatRows(plan),
        ["network", `${estimate.network} on ${estimate.engine}`],
        [
          "dream",
          `${names({ ...settings.layers, ...settings.classes })}; octaves ${digits(settings.octaves)} x ${digits(settings.octaveScale)}; iterations ${[settings.iterations].flat().map(digits).join(", ")}; step ${digits(settings.stepSize)}/255`,
        ],
        [
          "time",
          `about ${duration(estimate.seconds)}, ${digits(estimate.secondsPerFrame)} s per frame (measured)`,
        ],
        ["memory", `about ${megabytes(estimate.memoryBytes)}`],
        [
          "disk",
          `about ${megabytes(estimate.disk.outputBytes)}, and ${megabytes(estimate.disk.workBytes)} until the render is done`,
        ],
        ["kept", describeKept(estimate)],
      ]);
      const moments = (options.at ?? []).map((time) => {
        const frame = frameAt("--at", time, plan);
        return { time, frame, values: filmParametersAt(plan, frame) };
      });
      const { shots, ...rest } = plan;
      printResult(
        {
          ...estimate,
          plan: {
            ...rest,
            shots: shots.map(({ offset, start, frames, fade }) => {
              return { offset: offset + start, frames: frames - start, fade };
            }),
          },
          first: filmParametersAt(plan, 0),
          moments,
        },
        [text, ...moments.map(describeMoment), `${path} is valid`].join("\n"),
        options,
      );
    });
}

/** Files that stay on the disk after the render. */
function describeKept({ keptBytes, keepFrames }: RenderEstimate): string {
  if (keepFrames === false) return "no frames after the render";
  const at = `up to ${megabytes(keptBytes)} of that for later edits`;
  return keepFrames === true
    ? `${at}: output.keepFrames is true`
    : `${at}, in a folder beside it; at most ${100 * retainedShare} % of what is free. output.keepFrames: false keeps none`;
}

function describeMoment(moment: { time: string; frame: number; values: FrameParameters }): string {
  const rows = listParameters(moment.values).map(([name, value]) => {
    const text = Array.isArray(value)
      ? value.map(digits).join(", ")
      : typeof value === "number"
        ? digits(value)
        : String(value);
    return [`  ${name}`, text];
  });
  return `\nat ${moment.time}, frame ${moment.frame}\n${table(rows)}\n`;
}

/** The start of each of several shots, and the pieces of one that is split. */
function shotRows(plan: RenderPlan): string[][] {
  const { shots, fps } = plan;
  if (shots.length === 1) return [];
  if (isSplit(plan)) {
    const starts = shots.slice(1).map(({ start }) => ((start * fps.den) / fps.num).toFixed(2));
    const more = starts.length > 8 ? `${starts.slice(0, 8).join(", ")}, …` : starts.join(", ");
    return [
      [
        "pieces",
        `${shots.length}, each from its source: at 0.00, ${more} s; seams are approximate`,
      ],
    ];
  }
  return shots.map(({ shot, offset, frames, fade }, i) => [
    `shot ${i + 1}`,
    `frames ${offset} to ${offset + frames - 1}, from ${((offset * fps.den) / fps.num).toFixed(2)} s${fade > 0 ? `, crossfade ${fade} frames` : ""}${shot.title ? `: ${shot.title}` : ""}`,
  ]);
}

/** The tempo, if the scene has one. */
function beatRows({ beats }: RenderPlan): string[][] {
  if (!beats) return [];
  const { bpm, beatsPerBar, firstSec } = beats;
  const bars = beatsPerBar === 4 ? "" : `, ${beatsPerBar} to a bar`;
  return [["beats", `${digits(bpm)} a minute${bars}, the first at ${firstSec.toFixed(2)} s`]];
}

function names(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([name, weight]) => (weight === 1 ? name : `${name} x ${digits(weight)}`))
    .join(", ");
}
