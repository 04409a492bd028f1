import { Command, CommanderError } from "commander";
import { DreamError, formatError } from "../errors.ts";
import { version } from "../package.ts";
import { allowForcedCollection } from "../runtime/garbage.ts";
import { addAtlas } from "./commands/atlas.ts";
import { addCheck } from "./commands/check.ts";
import { addClassify } from "./commands/classify.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDream } from "./commands/dream.ts";
import { addFlow } from "./commands/flow.ts";
import { addLayers } from "./commands/layers.ts";
import { addModels } from "./commands/models.ts";
import { addPlot } from "./commands/plot.ts";
import { addRender } from "./commands/render.ts";
import { addReproduce } from "./commands/reproduce.ts";
import { addSchema } from "./commands/schema.ts";
import { addStill } from "./commands/still.ts";
import { addStudio } from "./commands/studio.ts";

/** Exit code: 0 success, 1 failure, 2 wrong usage or invalid scene, 130 interrupted. */
function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof DreamError)) return 1;
  if (error.code === "INTERRUPTED") return 130;
  return error.code === "USAGE" || error.code.startsWith("SCENE_") ? 2 : 1;
}

/** Run the command that `process.argv` names. Errors are printed and set the exit code. */
export async function runProgram(): Promise<void> {
  const program = new Command("dreamreel")
    .description(
      "DeepDream videos from YAML scenes: endless zooms, dreams over clips, animated parameters.",
    )
    .version(version())
    .showHelpAfterError("(add --help for the options)")
    .exitOverride();
  for (const add of [
    addRender,
    addStudio,
    addReproduce,
    addDream,
    addAtlas,
    addCheck,
    addPlot,
    addStill,
    addLayers,
    addClassify,
    addFlow,
    addModels,
    addDoctor,
    addSchema,
  ]) {
    add(program.command.bind(program));
  }
  for (const command of program.commands)
    command.exitOverride().showHelpAfterError("(add --help for the options)");

  allowForcedCollection();
  try {
    await program.parseAsync();
  } catch (error) {
    // Commander has already printed its errors.
    if (!(error instanceof CommanderError)) process.stderr.write(`${formatError(error)}\n`);
    process.exitCode = exitCode(error);
  }
}
