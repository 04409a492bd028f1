import { workerRows } from "../terminal/farm-view.ts";
import { type AddCommand, type CommonOptions, printResult } from "../terminal/output.ts";
import { inFarm, type PlaceArguments, withPlace } from "./farm-place.ts";

/** `dreamreel farm workers` */
export function addFarmWorkers(command: AddCommand): void {
  withPlace(command("workers"))
    .description("list the workers that run, with what each can do and does")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExample:\n  dreamreel farm workers")
    .action(async (options: PlaceArguments & CommonOptions) => {
      const { liveWorkers } = await import("../../farm/queue/live.ts");
      const workers = await inFarm(options, ({ redis }) => liveWorkers(redis));
      const text =
        workers.length === 0
          ? 'no worker runs; start one with "dreamreel farm worker"'
          : workerRows(workers, { details: true }).join("\n");
      printResult(workers, text, options);
    });
}
