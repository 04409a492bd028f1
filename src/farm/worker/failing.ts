/** What happens when a piece fails here. */
import { tell } from "../queue/control.ts";
import { liveWorkers } from "../queue/live.ts";
import { canDo } from "../queue/names.ts";
import type { TakenPiece } from "../queue/piece-taker.ts";
import type { FarmFilm, Piece, PieceFailure } from "../share/film.ts";
import { markFailed, readRequest, writeRequest } from "../share/films.ts";
import { backoffMs, stopsFilm } from "./rules.ts";
import type { WorkerTools } from "./tools.ts";

/** Machines with a worker that could do a piece of this film, this one included. */
async function machinesFor(
  film: FarmFilm,
  { scene }: Piece,
  { redis, self }: WorkerTools,
): Promise<string[]> {
  const fitting = (await liveWorkers(redis)).filter(
    (worker) => worker.state === "ready" && canDo(worker, film, scene),
  );
  return [...new Set([...fitting.map(({ machine }) => machine), self.machine])];
}

/** Whether a piece that failed on this machine should be tried on another that is there. */
export async function othersShouldTry(
  film: FarmFilm,
  piece: Piece,
  failures: readonly PieceFailure[],
  tools: WorkerTools,
): Promise<boolean> {
  const failed = new Set(failures.map(({ host }) => host));
  // A chain may be bound to this machine.
  if (!failed.has(tools.self.machine) || piece.chain !== undefined) return false;
  return (await machinesFor(film, piece, tools)).some((machine) => !failed.has(machine));
}

/** Record a failure, and stop the film or try again later. Returns how long this machine rests, ms. */
export async function noteFailure(
  taken: TakenPiece,
  film: FarmFilm,
  piece: Piece,
  { message, log }: { readonly message: string; readonly log: string },
  tools: WorkerTools,
): Promise<number> {
  const { share, redis, self, failures, firstMs, onEvent } = tools;
  const own = { worker: self.id, host: self.machine, message, log };
  const all = await markFailed(share, film, piece.key, own);
  const here = failures.add(film.id, piece.key);
  const machines =
    piece.chain === undefined ? await machinesFor(film, piece, tools) : [self.machine];
  if (stopsFilm(all, machines)) {
    await writeRequest(share, film, { ...(await readRequest(share, film)), stopped: piece.key });
    await taken.done();
    await tell(redis, { type: "film", film: film.id });
    onEvent({
      type: "note",
      message: `${film.id} is stopped: a piece failed ${all.length} times. "dreamreel farm logs ${film.id}" shows why`,
    });
    return 0;
  }
  await taken.handBack(backoffMs(all.length, firstMs), true);
  if (failures.areTooMany) {
    self.state = "set aside";
    self.why = `it failed ${here} pieces: ${failures.keys.join(", ")}`;
    await self.keep();
    onEvent({
      type: "note",
      message: `this machine is set aside, because ${self.why}. Restart this worker, or "dreamreel farm retry", when it is well`,
    });
  }
  return backoffMs(here, firstMs);
}
