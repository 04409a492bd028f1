/** Does one piece that was taken from a queue, and says what becomes of it. */
import { exists } from "../../disk/exists.ts";
import { DreamError, formatError, messageOf } from "../../errors.ts";
import type { HostProcess } from "../../host/host-process.ts";
import { version } from "../../package.ts";
import { missingPieces } from "../pieces/pieces.ts";
import { pin } from "../pieces/pins.ts";
import { tell } from "../queue/control.ts";
import { addPieces, fillQueues } from "../queue/fill.ts";
import type { TakenPiece } from "../queue/piece-taker.ts";
import type { Piece } from "../share/film.ts";
import { isStopped, markDone, readRecord, readRequest } from "../share/films.ts";
import { takeLease } from "../share/lease.ts";
import { withAny } from "./any-signal.ts";
import type { WorkerCalls } from "./calls.ts";
import { noteFailure, othersShouldTry } from "./failing.ts";
import type { OpenFilm } from "./films.ts";
import { PieceLog } from "./piece-log.ts";
import { pieceWords } from "./piece-words.ts";
import type { WorkerTools } from "./tools.ts";

/** Errors of the place and not of the piece. */
const ofThePlace = new Set(["DISK_FULL", "OUTPUT_UNWRITABLE", "SHARE_NOT_FOUND", "SHARE_UNUSABLE"]);

/** Do a piece in `host`. Returns how long the worker should rest, ms. Never throws. */
export async function doPiece(
  taken: TakenPiece,
  host: HostProcess<WorkerCalls>,
  tools: WorkerTools,
): Promise<number> {
  try {
    return await tryPiece(taken, host, tools);
  } catch (error) {
    if (error instanceof DreamError && error.code === "FILM_NOT_FOUND") {
      // A share that is away has no films either.
      if (await exists(tools.share.root)) {
        await taken.done();
        return 0;
      }
    }
    tools.onEvent({ type: "note", message: `the share does not work: ${messageOf(error)}` });
    await taken.handBack(tools.paces.awayMs);
    return tools.paces.awayMs;
  }
}

async function tryPiece(
  taken: TakenPiece,
  host: HostProcess<WorkerCalls>,
  tools: WorkerTools,
): Promise<number> {
  const { share, queues, films, facts, self, paces } = tools;
  const found = await films.find(taken.film, taken.key);
  if (!found) {
    await taken.done();
    return 0;
  }
  const { open, piece } = found;
  const { film } = open;
  if (isStopped(await readRequest(share, film))) {
    await drop(taken, open, tools);
    return 0;
  }
  const record = await readRecord(share, film, piece.key);
  // What the queue says may be old; the output is only made from all of its frames.
  if (record.done || piece.kind === "film") {
    const now = (await missingPieces(share, film)).find(({ key }) => key === piece.key);
    if (!now || now.after.length > 0) {
      if (!now) await follow(open, piece, tools);
      await taken.done();
      return 0;
    }
  }
  if (await othersShouldTry(film, piece, record.failures, tools)) {
    await taken.handBack(paces.busyMs);
    return 0;
  }
  const lease = await takeLease(share, film, piece.key, self.id, paces.lease);
  if ("holder" in lease) {
    await taken.handBack(paces.busyMs);
    return 0;
  }
  try {
    if (piece.chain !== undefined) {
      const pinned = await pin(share, film, piece.chain, facts.fingerprint).then(
        () => true,
        (error: unknown) => {
          if (error instanceof DreamError && error.code === "FARM_UNLIKE") return false;
          throw error;
        },
      );
      if (!pinned) {
        // It goes to the queue of the machines that it is pinned to.
        await addPieces(queues, share, film, [piece]);
        await taken.done();
        return 0;
      }
    }
    return await films.whileWanted(film, (unwanted) =>
      run(taken, open, piece, host, { unwanted, leaseLost: lease.lost }, tools),
    );
  } finally {
    await lease.release();
  }
}

async function run(
  taken: TakenPiece,
  open: OpenFilm,
  piece: Piece,
  host: HostProcess<WorkerCalls>,
  { unwanted, leaseLost }: { readonly unwanted: AbortSignal; readonly leaseLost: AbortSignal },
  tools: WorkerTools,
): Promise<number> {
  const { share, self, facts, threads, paces, onEvent } = tools;
  const { film } = open;
  const log = new PieceLog(share, film, piece, self.id);
  const name = pieceWords(piece, film.scenes.length);
  const doing = self.begin(film, piece);
  const began = performance.now();
  let frames = 0;
  const end = (why?: string): void => {
    const seconds = (performance.now() - began) / 1000;
    log.add(why === undefined ? `done: ${frames} frames in ${seconds.toFixed(1)} s` : why);
    doing.end(why === undefined);
    const event = { type: "end", film: film.id, piece: name, frames, seconds } as const;
    onEvent(why === undefined ? event : { ...event, why });
  };
  onEvent({ type: "begin", film: film.id, piece: name });
  log.add(`${self.id} (${facts.fingerprint}, dreamreel ${version()}) begins ${name}`);
  try {
    try {
      const call = { share: share.path, film, piece, threads, fingerprint: facts.fingerprint };
      await withAny([unwanted, leaseLost, taken.lost, tools.signal], (signal) =>
        host.call("piece", call, {
          signal,
          onReport: (report) => {
            if (report.type === "notice") return log.add(`note: ${report.message}`);
            if (report.type === "found") return doing.found(report.frames);
            frames++;
            doing.frame();
          },
        }),
      );
    } catch (error) {
      if (tools.signal.aborted) {
        end("handed back: the worker ends");
        await taken.handBack(0);
        return 0;
      }
      if (unwanted.aborted) {
        end("handed back: the film is stopped");
        await drop(taken, open, tools);
        return 0;
      }
      if (leaseLost.aborted || taken.lost.aborted) {
        end("given up: another worker may have it");
        await taken.handBack(paces.busyMs);
        return 0;
      }
      if (
        error instanceof DreamError &&
        (ofThePlace.has(error.code) || error.code === "FARM_UNLIKE")
      ) {
        end(`handed back: ${formatError(error)}`);
        await taken.handBack(paces.awayMs);
        return paces.awayMs;
      }
      end(`failed: ${formatError(error)}`);
      await log.flush();
      return await noteFailure(
        taken,
        film,
        piece,
        { message: formatError(error), log: log.name },
        tools,
      );
    }
    end();
    await markDone(share, film, piece.key, {
      worker: self.id,
      seconds: (performance.now() - began) / 1000,
    });
    await follow(open, piece, tools);
    await taken.done();
    return 0;
  } finally {
    await log.flush();
  }
}

/** Take a piece of a stopped film out of the queue; the film may go on by now. */
async function drop(taken: TakenPiece, { film }: OpenFilm, tools: WorkerTools): Promise<void> {
  await taken.done();
  if (!isStopped(await readRequest(tools.share, film)))
    await fillQueues(tools.queues, tools.share, film);
}

/** Add what became ready with a piece. */
async function follow({ film: { id } }: OpenFilm, piece: Piece, tools: WorkerTools): Promise<void> {
  const { share, queues, films, redis } = tools;
  // Its priority and tags may have changed since the piece began.
  const found = await films.find(id, piece.key);
  if (!found) return;
  const { film, successors } = found.open;
  if (piece.kind === "cuts") {
    await films.renew(film);
    await fillQueues(queues, share, film);
  } else {
    const ready = await successors.readyAfter(piece.key);
    if (ready.length === 0) return;
    await addPieces(queues, share, film, ready);
  }
  await tell(redis, { type: "wake" });
}
