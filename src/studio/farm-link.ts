/** The process that talks to the farm, and what is known of the farm. */
import type { FarmPlace } from "../farm/open-farm.ts";
import { HostProcess } from "../host/host-process.ts";
import { apiError } from "./answer.ts";
import type { FarmNow } from "./api-farm.ts";
import type { FarmCalls, FarmReport } from "./farm-calls.ts";

/** Pause before a process that ended is started again, ms. */
const restartMs = 1000;

type Requests = Omit<FarmCalls, "watch" | "follow">;

export class FarmLink {
  readonly #place: FarmPlace;
  readonly #host = new HostProcess<FarmCalls>("studio/farm-host.ts", { owner: "the studio" });
  readonly #controller = new AbortController();
  #films: readonly string[] = [];
  #now: FarmNow;

  constructor(place: FarmPlace) {
    this.#place = place;
    const { share, redis } = place;
    this.#now = { address: redis.shown, share, state: "connecting", workers: [] };
  }

  get now(): FarmNow {
    return this.#now;
  }

  get isClosed(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Ask for something. Throws what it throws in the process. */
  call<N extends keyof Requests>(
    name: N,
    request: Omit<FarmCalls[N]["request"], "place">,
  ): Promise<FarmCalls[N]["result"]> {
    const whole = { ...request, place: this.#place } as FarmCalls[N]["request"];
    return this.#host.call(name, whole, { signal: this.#controller.signal });
  }

  /** The films that reports are about. */
  follow(films: readonly string[]): void {
    if (this.isClosed || films.join() === this.#films.join()) return;
    this.#films = films;
    this.#send();
  }

  /** Report from now on. The process is started again where it ends. */
  async watch(onReport: (report: FarmReport, before: FarmNow["state"]) => void): Promise<void> {
    const take = (report: FarmReport): void => {
      if (this.isClosed) return;
      const { error: _, state, ...rest } = this.#now;
      this.#now =
        report.type === "away"
          ? { ...rest, state: "away", error: report.error, workers: [] }
          : { ...rest, state: "ready", workers: report.workers };
      onReport(report, state);
    };
    while (!this.isClosed) {
      this.#send();
      const options = { signal: this.#controller.signal, onReport: take };
      await this.#host
        .call("watch", this.#place, options)
        .catch((error: unknown) => take({ type: "away", error: apiError(error) }));
      if (!this.isClosed) await new Promise((resolve) => setTimeout(resolve, restartMs).unref());
    }
  }

  async close(): Promise<void> {
    this.#controller.abort();
    await this.#host.close();
  }

  #send(): void {
    this.#host.call("follow", { films: this.#films }).catch(() => {});
  }
}
