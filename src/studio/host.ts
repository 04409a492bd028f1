/** Entry of a process that dreams for the studio's server. */
import { type Handlers, serveCalls } from "../host/serve-calls.ts";
import { apiError } from "./answer.ts";
import { dreamedTiles, keptTile, renderAtlasTile } from "./atlas-tile.ts";
import type { Calls, LookResult } from "./calls.ts";
import { checkNow, namesOf } from "./check.ts";
import { findCuts } from "./find-cuts.ts";
import { findFinished } from "./finished.ts";
import { look } from "./look.ts";
import { measureMedia, pictureOf } from "./media-picture.ts";
import { playMotion } from "./motion.ts";
import { renderNow } from "./render-now.ts";
import { summariseSound } from "./sound-summary.ts";
import { Workshop } from "./workshop.ts";

const workshop = new Workshop();

const handlers: Handlers<Calls> = {
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
  keptTile: (request) => keptTile(workshop, request),
  tiles: (request) => dreamedTiles(workshop, request),
  media: (request) => measureMedia(request),
  mediaPicture: ({ file }) => pictureOf(file),
  forget: async () => {
    workshop.forget();
    return null;
  },
};

serveCalls(handlers, { describe: apiError, onEnd: () => workshop.close() });
