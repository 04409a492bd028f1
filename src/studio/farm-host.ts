/** Entry of the process that talks to the farm: Redis and the share may answer late, and hashing inputs takes time. */
import { type Handlers, serveCalls } from "../host/serve-calls.ts";
import { apiError } from "./answer.ts";
import type { FarmCalls } from "./farm-calls.ts";
import { FarmWatch } from "./farm-watch.ts";
import { changeNow, deliverNow, logsOf, submitNow } from "./farm-work.ts";

const watch = new FarmWatch();

const handlers: Handlers<FarmCalls> = {
  submit: (request, _, signal) => submitNow(request, signal),
  watch: async (place, report, signal) => {
    await watch.run(place, report, signal);
    return null;
  },
  follow: async ({ films }) => {
    watch.follow(films);
    return null;
  },
  change: (request) => changeNow(request),
  logs: (request) => logsOf(request),
  deliver: (request) => deliverNow(request),
};

serveCalls(handlers, { describe: apiError });
