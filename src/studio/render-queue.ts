/** Renders, one after the other. They survive a restart of the server: what is finished lies in each render's cache. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { writeAtomically } from "../disk/write-atomically.ts";
import { parseScene } from "../scene/parse.ts";
import { apiError, Refused } from "./answer.ts";
import type { Render, RenderRequest } from "./api-render.ts";
import { dreamProcess } from "./dream-process.ts";
import type { DreamService } from "./dream-service.ts";
import type { EventHub } from "./events.ts";
import { withoutOldest } from "./kept-jobs.ts";
import { hasEnded, isOf, type Job, jobsIn, rendersOf } from "./render-job.ts";
import { type RunTools, runJob } from "./render-run.ts";
import { renderError } from "./render-words.ts";

/** Time after the start in which an output may be busy with the last run. */
const patienceMs = 20_000;

export class RenderQueue {
  /** Renders in other places, which are listed after these. */
  others: () => readonly Render[] = () => [];
  readonly #dreams: DreamService;
  readonly #hub: EventHub;
  readonly #host = dreamProcess(7);
  readonly #file: string;
  readonly #started = Date.now();
  readonly #tools: RunTools;
  #jobs: Job[] = [];
  #running: { readonly job: Job; readonly controller: AbortController } | undefined;
  #closed = false;
  #saving: Promise<void> = Promise.resolve();

  /** `file` keeps the list. */
  constructor(file: string, dreams: DreamService, hub: EventHub) {
    this.#dreams = dreams;
    this.#hub = hub;
    this.#file = file;
    this.#tools = {
      dreams,
      hub,
      host: this.#host,
      changed: () => this.#changed(),
      tell: () => this.tell(),
    };
    dreams.onLooking = () => {
      if (this.#running) this.tell();
    };
  }

  /** Go on with the renders of the last run. */
  async restore(): Promise<void> {
    const text = await readFile(this.#file, "utf8").catch(() => "[]");
    this.#jobs = jobsIn(text);
    this.#changed();
  }

  list(): Render[] {
    const own = rendersOf(this.#jobs, this.#dreams.isLooking ? "picture" : undefined);
    return [...own, ...this.others()];
  }

  /** Tell the list to the pages. */
  tell(): void {
    this.#hub.send({ type: "render", renders: this.list() });
  }

  /** Add a render, or go on with the one of the same frames that has not ended. */
  add({ path, frames: range, force }: RenderRequest): Render {
    const open = this.#jobs.find((job) => isOf(job, path, range) && !hasEnded(job));
    if (open) {
      if (open.state === "paused") open.state = "waiting";
      this.#changed();
      return this.#find(open.id);
    }
    this.#jobs = this.#jobs.filter((job) => !isOf(job, path, range));
    const job: Job = {
      id: randomUUID(),
      path,
      ...(range ? { range } : {}),
      ...(force ? { force } : {}),
      state: "waiting",
      framesDone: 0,
      frames: 0,
      notices: [],
    };
    this.#jobs.push(job);
    this.#changed();
    return this.#find(job.id);
  }

  /** Finished frames stay, and `resume` goes on from there. */
  pause(id: string): Render {
    const job = this.#job(id);
    if (hasEnded(job)) throw new Refused(409, "CONFLICT", "this render has ended");
    job.state = "paused";
    if (this.#running?.job === job) this.#running.controller.abort();
    this.#changed();
    return this.#find(id);
  }

  resume(id: string): Render {
    const job = this.#job(id);
    if (job.state !== "done" && job.state !== "rendering") {
      job.state = "waiting";
      job.error = undefined;
    }
    this.#changed();
    return this.#find(id);
  }

  /** Take a render out of the list; its finished frames stay in the render cache. */
  cancel(id: string): void {
    const job = this.#job(id);
    this.#jobs = this.#jobs.filter((other) => other !== job);
    if (this.#running?.job === job) this.#running.controller.abort();
    this.#changed();
  }

  /** Move a render to a place among those that have not ended. One that comes first takes its turn at once. */
  move(id: string, to: number): Render {
    const job = this.#job(id);
    const open = this.#jobs.filter((other) => !hasEnded(other) && other !== job);
    open.splice(Math.min(open.length, Math.max(0, Math.round(to))), 0, job);
    // What ends later stands behind what has ended.
    this.#jobs = [...this.#jobs.filter((other) => hasEnded(other) && other !== job), ...open];
    const first = this.#jobs.find(({ state }) => state === "waiting" || state === "rendering");
    if (this.#running && first && this.#running.job !== first && first.state === "waiting") {
      this.#running.job.state = "waiting";
      this.#running.controller.abort();
    }
    this.#changed();
    return this.#find(id);
  }

  /** What a render is at: its scene, and the frame that is being dreamed. Throws `Refused`. */
  progressOf(id: string): { readonly path: string; readonly frame: number } {
    const { path, next, state, edited } = this.#job(id);
    // A knob that turns saves one edit after the other: each run starts again when the next comes.
    const runs = state === "rendering" || (state === "waiting" && edited);
    if (!runs || next === undefined)
      throw new Refused(
        409,
        "CONFLICT",
        "this render has not begun",
        "Turn the knob again when its first frame is there.",
      );
    return { path, frame: next };
  }

  /**
   * Steering is about to save this text, which changes no frame before the one that is being dreamed. A run that starts
   * meanwhile may read it before `steered` is called.
   */
  willSteer(id: string, text: string): void {
    const job = this.#job(id);
    job.steered = [...(job.steered ?? []).slice(-1), text];
  }

  /** A render is steered by a text that is saved now. One that ended meanwhile goes on. */
  steered(id: string, file: string, text: string): void {
    const job = this.#job(id);
    if (job.state === "done") {
      job.state = "waiting";
      job.edited = true;
      this.#changed();
    } else this.sceneChanged(job.path, file, text);
  }

  /** A scene has a new text. One that is being rendered goes on from the first frame that the edit changes. */
  sceneChanged(path: string, file: string, text: string): void {
    const running = this.#running;
    if (running?.job.path !== path || running.job.text === text) return;
    if (running.job.text === undefined) {
      running.job.savedMeanwhile = true;
      return;
    }
    try {
      parseScene(text, { path: file });
    } catch {
      // While it is being written it may be wrong: the render goes on with what it has.
      return;
    }
    running.job.state = "waiting";
    running.job.edited = true;
    running.controller.abort();
    this.#changed();
  }

  /** Throws `Refused` while a scene is being rendered. */
  refuseRunning(path: string): void {
    if (this.#running?.job.path === path)
      throw new Refused(409, "CONFLICT", `${path} is being rendered`, "Pause the render first.");
  }

  /** A scene has another path. */
  renamed(from: string, to: string): void {
    for (const job of this.#jobs) if (job.path === from) job.path = to;
    this.#changed();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.controller.abort();
    await this.#host.close();
    await this.#saving;
  }

  #find(id: string): Render {
    return this.list().find((render) => render.id === id)!;
  }

  #job(id: string): Job {
    const job = this.#jobs.find((one) => one.id === id);
    if (job) return job;
    throw new Refused(404, "NOT_FOUND", "there is no such render");
  }

  /** Tell the pages, keep the list, and begin the next render. */
  #changed(): void {
    this.#jobs = withoutOldest(this.#jobs, hasEnded);
    this.tell();
    if (!this.#closed) {
      const content = JSON.stringify(this.#jobs.map(({ text: _, steered: __, ...job }) => job));
      this.#saving = this.#saving
        .then(() => writeAtomically(content, this.#file))
        // The list is then lost with the server; the frames are not.
        .catch(() => {});
    }
    void this.#next();
  }

  async #next(): Promise<void> {
    if (this.#running || this.#closed) return;
    const job = this.#jobs.find(({ state }) => state === "waiting");
    if (!job) return;
    const controller = new AbortController();
    this.#running = { job, controller };
    job.state = "rendering";
    job.error = undefined;
    job.notices = [];
    try {
      await runJob(job, this.#tools, controller.signal);
      if (job.state === "rendering") job.state = "done";
    } catch (error) {
      // Paused, moved, cancelled or edited: its state says which.
      if (!controller.signal.aborted) {
        job.state = "failed";
        job.error = renderError(apiError(error));
        this.#tryAgain(job);
      }
    } finally {
      job.secondsLeft = undefined;
      job.text = undefined;
      this.#running = undefined;
      this.#changed();
    }
  }

  /** A server that was killed may leave a process that is still keeping its last frame. */
  #tryAgain(job: Job): void {
    if (job.error?.code !== "OUTPUT_BUSY" || Date.now() - this.#started > patienceMs) return;
    const again = (): void => {
      if (job.state === "failed" && this.#jobs.includes(job)) this.resume(job.id);
    };
    setTimeout(again, 1000).unref();
  }
}
