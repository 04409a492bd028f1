/** Entry of a process that dreams for the studio's server: see `host-process.ts`. */
import { DreamError } from "../errors.ts";
import { apiError } from "./answer.ts";
import { dreamedTiles, renderAtlasTile } from "./atlas-tile.ts";
import type { CallName, Calls, FromHost, LookResult, ToHost } from "./calls.ts";
import { checkNow, namesOf } from "./check.ts";
import { findCuts } from "./find-cuts.ts";
import { findFinished } from "./finished.ts";
import { look } from "./look.ts";
import { measureMedia, pictureOf } from "./media-picture.ts";
import { playMotion } from "./motion.ts";
import { renderNow } from "./render-now.ts";
import { summariseSound } from "./sound-summary.ts";
import { Workshop } from "./workshop.ts";

type Handlers = {
  readonly [N in CallName]: (
    request: Calls[N]["request"],
    report: (report: Calls[N]["report"]) => void,
    signal: AbortSignal,
  ) => Promise<Calls[N]["result"]>;
};

const workshop = new Workshop();

const handlers: Handlers = {
  check: (request) => checkNow(workshop, request),
  names: (request) => namesOf(workshop, request),
  sound: (request, _, signal) => summariseSound(workshop, request, signal),
  cuts: (request, report, signal) => findCuts(workshop, request, report, signal),
  look: (request, report, signal) => {
    const work = (): Promise<LookResult> => look(workshop, request, report, signal);
    // The source needs nothing that is shared.
    return request.kind === "source" ? work() : workshop.inTurn(work);
  },
  motion: (request, report, signal) => playMotion(workshop, request, report, signal),
  render: (request, report, signal) => renderNow(request, report, signal),
  finished: (request) => findFinished(workshop, request),
  atlas: (request, _, signal) => workshop.inTurn(() => renderAtlasTile(workshop, request, signal)),
  tiles: (request) => dreamedTiles(workshop, request),
  media: (request) => measureMedia(request),
  mediaPicture: ({ file }) => pictureOf(file),
  forget: async () => {
    workshop.forget();
    return null;
  },
};

const running = new Map<number, AbortController>();

function send(message: FromHost): void {
  // The server may end at any time.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

async function answer(id: number, name: CallName, request: unknown): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  const handle = handlers[name] as (
    request: unknown,
    report: (report: unknown) => void,
    signal: AbortSignal,
  ) => Promise<unknown>;
  try {
    const report = (value: unknown): void => send({ type: "report", id, report: value });
    const result = await handle(request, report, controller.signal);
    send({ type: "result", id, result });
  } catch (error) {
    const problems = error instanceof DreamError ? error.problems : [];
    send({ type: "error", id, error: apiError(error), problems });
  } finally {
    running.delete(id);
  }
}

process.on("message", (message: ToHost) => {
  if (message.type === "cancel") running.get(message.id)?.abort();
  else void answer(message.id, message.name, message.request);
});

// Ctrl-C reaches all processes of a terminal: the server ends this one, with what is finished kept.
process.on("SIGINT", () => {});

// The server has ended: what is finished is kept, and the process ends once nothing is left to do.
process.once("disconnect", () => {
  for (const controller of running.values()) controller.abort();
  void workshop.close();
});
