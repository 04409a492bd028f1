import { setTimeout as wait } from "node:timers/promises";
import { DreamError } from "../../errors.ts";
import type { Farm } from "../../farm/open-farm.ts";
import type { FarmStatus } from "../../farm/status.ts";
import { farmView, type View, viewOf } from "../terminal/farm-view.ts";
import { interruptible } from "../terminal/interrupt.ts";
import { type AddCommand, type CommonOptions, printResult } from "../terminal/output.ts";
import { inFarm, type PlaceArguments, withPlace } from "./farm-place.ts";

interface StatusArguments extends PlaceArguments, CommonOptions {
  readonly watch?: boolean;
}

/** Time between two looks, ms, in a terminal and elsewhere. */
const [drawnEveryMs, plainEveryMs] = [1000, 10_000];

/** `dreamreel farm status [ID]` */
export function addFarmStatus(command: AddCommand): void {
  withPlace(command("status [id]"))
    .description("show the films, how far each is, and what the workers do")
    .option("--watch", "until the film has ended, or Ctrl-C")
    .option("--json", "as JSON; with --watch a line for each change")
    .addHelpText(
      "after",
      "\nA beginning of the id is enough.\n\nExamples:\n  dreamreel farm status\n  dreamreel farm status film-1a2b3c4d --watch",
    )
    .action((id: string | undefined, options: StatusArguments) =>
      interruptible((signal) => inFarm(options, (farm) => show(farm, id, options, signal))),
    );
}

async function show(
  farm: Farm,
  id: string | undefined,
  options: StatusArguments,
  signal: AbortSignal,
): Promise<void> {
  const [{ farmStatus }, { pauseAfterLook }] = await Promise.all([
    import("../../farm/status.ts"),
    import("../../farm/wait.ts"),
  ]);
  const view = viewOf(process.stdout);
  if (!options.watch) {
    const status = await farmStatus(farm, id);
    if (options.json) printResult(status, "", options);
    else process.stdout.write(`${farmView(status, view)}\n`);
    return;
  }
  const draw = options.json ? jsonLines() : view.drawn ? redrawn() : plainLines(view);
  for (;;) {
    const began = performance.now();
    const status = await farmStatus(farm, id);
    draw(status);
    const film = id === undefined ? undefined : status.films[0];
    if (film && ["finished", "cancelled", "failed"].includes(film.state)) {
      if (film.state === "failed")
        throw new DreamError("FARM_STOPPED", "a piece failed again and again", {
          where: film.id,
          hint: `"dreamreel farm logs ${film.id}" shows why.`,
        });
      return;
    }
    const pause = pauseAfterLook(began, view.drawn ? drawnEveryMs : plainEveryMs / 5);
    await wait(pause, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
  }
}

/** Draw over what was drawn before. */
function redrawn(): (status: FarmStatus) => void {
  let lines = 0;
  return (status) => {
    const rows = process.stdout.rows || 24;
    const shown = farmView(status, viewOf(process.stdout))
      .split("\n")
      .slice(0, rows - 1);
    const up = lines > 0 ? `\x1b[${lines}A\r\x1b[J` : "";
    process.stdout.write(`${up}${shown.join("\n")}\n`);
    lines = shown.length;
  };
}

/** A block when something has changed, now and then. */
function plainLines(view: View): (status: FarmStatus) => void {
  let [last, at] = ["", Number.NEGATIVE_INFINITY];
  return (status) => {
    const text = farmView(status, view);
    const ended = status.films.every(({ state }) => state === "finished" || state === "failed");
    if (text === last || (!ended && performance.now() - at < plainEveryMs)) return;
    [last, at] = [text, performance.now()];
    process.stdout.write(`${text}\n`);
  };
}

function jsonLines(): (status: FarmStatus) => void {
  let last = "";
  return (status) => {
    const text = JSON.stringify(status);
    if (text !== last) process.stdout.write(`${text}\n`);
    last = text;
  };
}
