import { Command, CommanderError } from "commander";
import { DreamError, formatError } from "../errors.ts";
import { version } from "../package.ts";
import { allowForcedCollection } from "../runtime/garbage.ts";
import type { AddCommand } from "./terminal/output.ts";

/** The commands, in the order of the help. Each loads what it needs when it is named. */
const commands: Readonly<Record<string, () => Promise<(command: AddCommand) => void>>> = {
  render: async () => (await import("./commands/render.ts")).addRender,
  studio: async () => (await import("./commands/studio.ts")).addStudio,
  farm: async () => (await import("./commands/farm.ts")).addFarm,
  reproduce: async () => (await import("./commands/reproduce.ts")).addReproduce,
  dream: async () => (await import("./commands/dream.ts")).addDream,
  atlas: async () => (await import("./commands/atlas.ts")).addAtlas,
  check: async () => (await import("./commands/check.ts")).addCheck,
  plot: async () => (await import("./commands/plot.ts")).addPlot,
  still: async () => (await import("./commands/still.ts")).addStill,
  layers: async () => (await import("./commands/layers.ts")).addLayers,
  classify: async () => (await import("./commands/classify.ts")).addClassify,
  flow: async () => (await import("./commands/flow.ts")).addFlow,
  models: async () => (await import("./commands/models.ts")).addModels,
  doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
  schema: async () => (await import("./commands/schema.ts")).addSchema,
};

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
  const named = process.argv[2] ?? "";
  const loaders = Object.hasOwn(commands, named) ? [commands[named]!] : Object.values(commands);
  for (const load of loaders) (await load())(program.command.bind(program));
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
