import { estimateRender } from "../../pipeline/estimate.ts";
import { collect, engineChoices, loadScene, oneOf } from "../arguments.ts";
import {
  type AddCommand,
  type CommonOptions,
  duration,
  noticePrinter,
  printResult,
  table,
} from "../output.ts";

interface CheckArguments extends CommonOptions {
  readonly set?: string[];
  readonly engine?: string;
}

/** `dreamreel check SCENE` */
export function addCheck(command: AddCommand): void {
  command("check <scene>")
    .description("validate a scene; print its plan, predicted time, memory and disk")
    .option("--set <path=value>", "override a value of the scene, again for more", collect)
    .option("--engine <name>", `instead of the scene's: ${engineChoices.join(", ")}`)
    .option("--json", "as JSON")
    .option("--quiet", "no notes")
    .addHelpText("after", "\nExample:\n  dreamreel check scenes/infinite-zoom.yaml")
    .action(async (path: string, options: CheckArguments) => {
      const scene = await loadScene(path, options.set);
      const estimate = await estimateRender(scene, {
        ...(options.engine === undefined
          ? {}
          : { engine: oneOf("--engine", options.engine, engineChoices) }),
        onNotice: noticePrinter(options),
      });
      const { plan, settings } = estimate;
      const text = table([
        ["output", estimate.file],
        ["size", `${plan.size.width}x${plan.size.height}`],
        [
          "frames",
          `${plan.frames} at ${plan.fps.den === 1 ? plan.fps.num : `${plan.fps.num}/${plan.fps.den}`} frames/s, ${duration((plan.frames * plan.fps.den) / plan.fps.num)}`,
        ],
        ["network", `${estimate.network} on ${estimate.engine}`],
        [
          "dream",
          `${names({ ...settings.layers, ...settings.classes })}; octaves ${settings.octaves} x ${settings.octaveScale}; iterations ${[settings.iterations].flat().join(", ")}; step ${settings.stepSize}/255`,
        ],
        [
          "time",
          `about ${duration(estimate.seconds)}, ${estimate.secondsPerFrame.toFixed(2)} s a frame measured on the first`,
        ],
        ["memory", `about ${Math.round(estimate.memoryBytes / 1e6)} MB`],
        ["disk", `about ${Math.ceil(estimate.diskBytes / 1e6)} MB`],
      ]);
      const { at: _, ...rest } = plan;
      printResult(
        { ...estimate, plan: rest, first: plan.at(0) },
        `${text}\n${path} is valid`,
        options,
      );
    });
}

function names(weights: Readonly<Record<string, number>>): string {
  return Object.entries(weights)
    .map(([name, weight]) => (weight === 1 ? name : `${name} x ${weight}`))
    .join(", ");
}
