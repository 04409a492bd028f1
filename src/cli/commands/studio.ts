import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Command } from "commander";
import type { FarmPlace } from "../../farm/open-farm.ts";
import { wholeNumber } from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import type { AddCommand } from "../terminal/output.ts";
import { type PlaceArguments, placeOf, withPlace } from "./farm-place.ts";

interface StudioArguments extends PlaceArguments {
  readonly port?: string;
  readonly open: boolean;
}

/** `dreamreel studio [FOLDER | SCENE]` */
export function addStudio(command: AddCommand): void {
  withPlace(command("studio [folder-or-scene]"))
    .description("open a page to write, see and render scenes; it stays on this machine")
    .option("--port <n>", "port of 127.0.0.1; by default 4321, or a free one")
    .option("--no-open", "print the address, and open no browser")
    .addHelpText(
      "after",
      "\nWith --share and --redis the page gives films to a farm too.\n\nExample:\n  dreamreel studio scenes",
    )
    .action(async (given: string | undefined, options: StudioArguments, own: Command) => {
      // Loaded here, because other commands need none of the server.
      const [{ folderOf }, { startStudio }] = await Promise.all([
        import("../../studio/scene-folder.ts"),
        import("../../studio/server.ts"),
      ]);
      const { folder, scene } = await folderOf(given ?? ".");
      const farm = await farmOf(options, own);
      const studio = await startStudio({
        folder,
        ...(farm === undefined ? {} : { farm }),
        ...(scene === undefined ? {} : { scene }),
        ...(options.port === undefined
          ? {}
          : { port: wholeNumber("--port", options.port, 0, 65535) }),
      });
      try {
        process.stdout.write(`${studio.address}\n`);
        if (options.open) openBrowser(studio.address);
        process.stderr.write("Ctrl-C ends the studio; finished frames are kept\n");
        await interruptible((signal) => once(signal, "abort"));
      } finally {
        await studio.close();
      }
    });
}

/** The farm that is named; a Redis in the environment alone may be for something else. */
async function farmOf(options: StudioArguments, own: Command): Promise<FarmPlace | undefined> {
  const isChance = options.share === undefined && own.getOptionValueSource("redis") !== "cli";
  return isChance ? undefined : placeOf(options);
}

/** Open the address in the user's browser. A machine without one has the address on stdout. */
function openBrowser(address: string): void {
  const [program, ...args] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", ""]
        : ["xdg-open"];
  const browser = spawn(program!, [...args, address], { stdio: "ignore", detached: true });
  browser.on("error", () => {});
  browser.unref();
}
