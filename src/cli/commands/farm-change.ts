import type { Change, Changed } from "../../farm/change.ts";
import { type AddCommand, type CommonOptions, printResult } from "../terminal/output.ts";
import { inFarm, type PlaceArguments, withPlace } from "./farm-place.ts";

/** `dreamreel farm pause | resume | cancel | retry ID` */
export function addChange(command: AddCommand, change: Change, description: string): void {
  withPlace(command(`${change} <id>`))
    .description(description)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `\nA beginning of the id is enough; "dreamreel farm status" lists the ids.\n\nExample:\n  dreamreel farm ${change} film-1a2b3c4d`,
    )
    .action(async (id: string, options: PlaceArguments & CommonOptions) => {
      const { changeFilm } = await import("../../farm/change.ts");
      const changed = await inFarm(options, (farm) => changeFilm(farm, id, change));
      const { film, missing } = changed;
      printResult({ id: film.id, missing }, `${film.id}  ${describe(changed, change)}`, options);
    });
}

function describe({ before, anew, missing }: Changed, change: Change): string {
  const left = missing === 0 ? "it is finished" : `${missing} pieces to do`;
  if (missing === 0 && (change === "pause" || change === "cancel"))
    return `is finished: there is nothing to ${change}`;
  switch (change) {
    case "pause":
      return "is paused: its pieces stop at a checkpoint; finished frames are kept";
    case "resume":
      if (before.cancelled) return 'is cancelled; "dreamreel farm retry" starts it again';
      if (before.stopped !== undefined)
        return 'has failed; "dreamreel farm logs" says why, and "dreamreel farm retry" tries it again';
      return before.paused ? `goes on: ${left}` : `was not paused: ${left}`;
    case "cancel":
      return 'is cancelled; its finished frames are kept, and "dreamreel farm retry" goes on from them';
    case "retry":
      return anew === 0
        ? `is tried again: ${left}`
        : `is tried again: ${left}; ${anew} ${anew === 1 ? "shot begins" : "shots begin"} anew, because no worker computes like the one that began`;
  }
}
