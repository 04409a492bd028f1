import { basename } from "node:path";
import { Option } from "commander";
import { engineChoices } from "../../choices.ts";
import { printable } from "../../errors.ts";
import type { LiveWorker } from "../../farm/queue/live.ts";
import type { WorkerEvent } from "../../farm/worker/tools.ts";
import { engineOption, wholeNumber } from "../arguments/arguments.ts";
import { interruptible } from "../terminal/interrupt.ts";
import {
  type AddCommand,
  type CommonOptions,
  duration,
  noticePrinter,
} from "../terminal/output.ts";
import { type PlaceArguments, placeOf, withPlace } from "./farm-place.ts";

interface WorkerArguments extends PlaceArguments, CommonOptions {
  readonly tags?: string;
  readonly jobs: string;
  readonly engine?: string;
  readonly name?: string;
  readonly lockMs?: string;
}

/** `dreamreel farm worker` */
export function addWorker(command: AddCommand): void {
  withPlace(command("worker"))
    .description("dream pieces of the farm's films on this machine, until Ctrl-C")
    .option("--tags <a,b>", "also take films that ask for one of these tags")
    .option("--jobs <n>", "pieces at once, which share the cores", "1")
    .option("--engine <name>", `what computes: ${engineChoices.join(", ")}`, "auto")
    .option("--name <name>", "name of this machine; by default its host name")
    // For tests: all workers of a farm must agree on it.
    .addOption(new Option("--lock-ms <n>").hideHelp())
    .option("--quiet", "only the line that says it is ready")
    .addHelpText(
      "after",
      `
Ctrl-C hands the current piece back at a checkpoint; a second one ends at once.

Example:
  dreamreel farm worker --share /mnt/dreams --redis redis://host:6379 --tags gpu`,
    )
    .action(async (options: WorkerArguments) => {
      const place = await placeOf(options);
      const [{ runWorker }, { parseTags }] = await Promise.all([
        import("../../farm/worker/run-worker.ts"),
        import("../../farm/queue/names.ts"),
      ]);
      const engine = engineOption(options.engine);
      const note = noticePrinter(options);
      await interruptible((signal) => {
        signal.addEventListener("abort", () =>
          note("the pieces in work stop at a checkpoint and are handed back; Ctrl-C ends at once"),
        );
        return runWorker({
          ...place,
          ...(options.tags === undefined ? {} : { tags: parseTags(options.tags) }),
          jobs: wholeNumber("--jobs", options.jobs, 1, 256),
          ...(engine === undefined ? {} : { engine }),
          ...(options.name === undefined ? {} : { machine: options.name }),
          ...(options.lockMs === undefined
            ? {}
            : { lockMs: wholeNumber("--lock-ms", options.lockMs, 1000, 3_600_000) }),
          signal,
          onReady: (worker) =>
            process.stdout.write(`${printable(readyLine(worker, place.share))}\n`),
          onEvent: (event) => {
            if (event.type === "note") note(event.message);
            else if (event.type === "end" && !options.quiet)
              process.stdout.write(`${printable(endLine(event))}\n`);
          },
        });
      });
    });
}

function readyLine(worker: LiveWorker, share: string): string {
  const { id, engine, jobs, threads, memoryBytes, freeBytes, tags } = worker;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
  const parts = [
    engine === "cpu"
      ? `engine cpu, ${jobs > 1 ? `${jobs} x ` : ""}${threads} threads`
      : `engine ${engine}`,
    `${gigabytes(memoryBytes)} of memory`,
    ...(freeBytes === undefined ? [] : [`${gigabytes(freeBytes)} free in ${basename(share)}`]),
    ...(tags.length > 0 ? [`tags ${tags.join(", ")}`] : []),
  ];
  return `${id} is ready: it sees the share; ${parts.join(", ")}`;
}

function endLine({ film, piece, why, frames, seconds }: WorkerEvent & { type: "end" }): string {
  const done = `${frames > 0 ? `${frames} frames` : "done"} in ${duration(seconds)}`;
  return `${film}  ${piece}  ${why ?? done}`;
}
