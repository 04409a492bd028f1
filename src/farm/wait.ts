/** Waits until a film is finished. */
import { setTimeout as wait } from "node:timers/promises";
import { DreamError } from "../errors.ts";
import { throwIfInterrupted } from "../interrupt.ts";
import type { RenderProgress } from "../pipeline/forecast/progress.ts";
import { failureLogs } from "./film-logs.ts";
import type { Farm } from "./open-farm.ts";
import { stateOf } from "./pieces/pieces.ts";
import { liveWorkers } from "./queue/live.ts";
import type { FarmFilm } from "./share/film.ts";
import type { Share } from "./share/share.ts";
import { type FilmStatus, filmStatus } from "./status.ts";

export interface WaitOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RenderProgress) => void;
  readonly onNotice?: (message: string) => void;
}

/** Pause between two looks at films, ms, and how many times longer than a look it is at least. */
const [pauseMs, restPerLook] = [1000, 4];

/** Pause after a look that began at `began`, ms of `performance.now()`: looking takes time of the share. */
export function pauseAfterLook(began: number, leastMs: number = pauseMs): number {
  return Math.max(leastMs, restPerLook * (performance.now() - began));
}

/**
 * Wait until a film is finished; the workers go on without the one who waits. Throws `FARM_STOPPED`, with the logs, if a piece
 * failed on three machines or the film was cancelled, `INTERRUPTED`.
 */
export async function waitForFilm(
  { share, redis }: Farm,
  film: FarmFilm,
  { signal, onProgress, onNotice }: WaitOptions,
): Promise<FilmStatus> {
  const began = performance.now();
  let [first, last, told] = [-1, -1, ""];
  for (;;) {
    throwIfInterrupted(signal, "interrupted; the farm goes on with the film");
    const look = performance.now();
    const status = await filmStatus(share, film, await liveWorkers(redis));
    const { done, total } = status.frames;
    if (first < 0) first = done;
    const seconds = (performance.now() - began) / 1000;
    const secondsPerFrame = done > first ? seconds / (done - first) : 0;
    if (done !== last && done > 0)
      onProgress?.({
        ...{ done, total, secondsPerFrame },
        secondsLeft: status.secondsLeft ?? secondsPerFrame * (total - done),
      });
    last = done;
    if (status.state === "finished") return status;
    if (status.state === "failed" || status.state === "cancelled")
      throw await stoppedError(share, film, status.state);
    const note = status.state === "paused" ? "the film is paused" : (status.why ?? "");
    if (note !== "" && note !== told) onNotice?.(note);
    told = note;
    await wait(pauseAfterLook(look), undefined, signal ? { signal } : {}).catch(() => {});
  }
}

/** The error for a film that does not go on. */
async function stoppedError(
  share: Share,
  film: FarmFilm,
  state: "failed" | "cancelled",
): Promise<DreamError> {
  if (state === "cancelled")
    return new DreamError("FARM_STOPPED", "the film was cancelled", {
      where: film.id,
      hint: "Its finished frames are kept; submit it again to go on.",
    });
  const logs = await failureLogs(share, film, await stateOf(share, film));
  const text = logs.map(({ name, text }) => `\n--- ${name}\n${text}`).join("");
  return new DreamError("FARM_STOPPED", `a piece failed again and again:${text}`, {
    where: film.id,
    hint: `Finished frames are kept. When the cause is gone: dreamreel farm retry ${film.id}`,
  });
}
