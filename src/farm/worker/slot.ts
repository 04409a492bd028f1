/** One of the jobs that a worker does at once: takes piece after piece, and dreams them in a process of its own. */
import { setTimeout as wait } from "node:timers/promises";
import type { HostProcess } from "../../host/host-process.ts";
import { unlessInterrupted } from "../../interrupt.ts";
import type { Bell } from "./bell.ts";
import type { WorkerCalls } from "./calls.ts";
import { doPiece } from "./do-piece.ts";
import type { WorkerTools } from "./tools.ts";

/** Time between looks at empty queues, ms: from the first to the last of a growing row. */
const [soonMs, lateMs] = [500, 4000];

/** Take pieces until the worker ends. */
export async function runSlot(
  host: HostProcess<WorkerCalls>,
  bell: Bell,
  tools: WorkerTools,
): Promise<void> {
  const { signal, taker, self, onEvent } = tools;
  let idleMs: number = soonMs;
  while (!signal.aborted) {
    const taking = self.state === "ready" ? taker.take() : Promise.resolve(undefined);
    const taken = await unlessInterrupted(signal, taking, (late) => late?.handBack(0)).catch(
      (error: unknown) => {
        if (!signal.aborted)
          onEvent({ type: "note", message: `the queue does not work: ${error}` });
        return undefined;
      },
    );
    if (!taken) {
      // Workers that look at different times find a piece sooner.
      await bell.wait(idleMs * (0.75 + Math.random() / 2), signal);
      idleMs = Math.min(2 * idleMs, lateMs);
      continue;
    }
    idleMs = soonMs;
    const restMs = await doPiece(taken, host, tools);
    if (restMs > 0) await wait(restMs, undefined, { signal }).catch(() => {});
  }
}
