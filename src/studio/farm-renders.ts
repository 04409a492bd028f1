/** Films that the studio has given to a farm. The share and the farm's Redis hold them; this follows and delivers them. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { writeAtomically } from "../disk/write-atomically.ts";
import type { Change } from "../farm/change.ts";
import type { FarmPlace } from "../farm/open-farm.ts";
import { apiError, Refused } from "./answer.ts";
import type { FarmLog, FarmNow } from "./api-farm.ts";
import type { Render } from "./api-render.ts";
import type { DreamService } from "./dream-service.ts";
import type { EventHub } from "./events.ts";
import type { FarmReport, FilmReport } from "./farm-calls.ts";
import { tellFrames } from "./farm-frames.ts";
import { type FarmJob, farmJobsIn, hasEnded, noFrames, renderOf, withPaths } from "./farm-job.ts";
import { FarmLink } from "./farm-link.ts";
import { withoutOldest } from "./kept-jobs.ts";
import { renderError } from "./render-words.ts";
import { versionOf } from "./scene-folder.ts";

/** Most render caches in which frames of a scene are looked for. */
const maxCaches = 4;

export interface FarmTools {
  readonly dreams: DreamService;
  readonly hub: EventHub;
  /** Tell all renders to the pages. */
  readonly tell: () => void;
}

export class FarmRenders {
  readonly #file: string;
  readonly #tools: FarmTools;
  readonly #link: FarmLink;
  #jobs: FarmJob[] = [];
  #saved = "";
  #saving: Promise<void> = Promise.resolve();

  /** `file` keeps the list. */
  constructor(place: FarmPlace, file: string, tools: FarmTools) {
    this.#link = new FarmLink(place);
    this.#file = file;
    this.#tools = tools;
  }

  /** Go on with the list of the last run, and begin to watch the farm, which may be away. */
  async start(): Promise<void> {
    this.#jobs = farmJobsIn(await readFile(this.#file, "utf8").catch(() => "[]"));
    for (const job of this.#jobs) if (job.state === "submitting") void this.#submit(job);
    this.#changed();
    void this.#link.watch((report, before) => this.#take(report, before));
  }

  now(): FarmNow {
    return withPaths(this.#link.now, this.#jobs);
  }

  list(): Render[] {
    const order = (job: FarmJob): number => Number(hasEnded(job));
    return [...this.#jobs].sort((a, b) => order(a) - order(b)).map(renderOf);
  }

  has(id: string): boolean {
    return this.#jobs.some((job) => job.id === id);
  }

  /** Render caches in the share with frames of a scene; none while the farm is away. */
  cachesOf(path: string): string[] {
    if (this.#link.now.state !== "ready") return [];
    return this.#knownCaches(path);
  }

  /** Give the saved scene to the farm. Throws `Refused` where there is no such scene. */
  async add(path: string, force: boolean): Promise<Render> {
    const { text } = await this.#tools.dreams.sceneNow(path);
    const version = versionOf(text);
    const open = this.#jobs.find((job) => job.path === path && job.version === version);
    if (open && !hasEnded(open))
      return open.state === "paused" ? this.resume(open.id) : renderOf(open);
    const caches = this.#knownCaches(path);
    this.#jobs = this.#jobs.filter((job) => job.path !== path || !hasEnded(job));
    // An older text has the same output.
    for (const old of this.#jobs.filter((job) => job.path === path)) await this.cancel(old.id);
    const job: FarmJob = {
      ...{ id: randomUUID(), path, version, force, caches, state: "submitting" as const },
      ...{ frames: noFrames, failures: [], notices: [] },
    };
    this.#jobs.push(job);
    void this.#submit(job);
    this.#changed();
    return renderOf(job);
  }

  pause(id: string): Promise<Render> {
    return this.#change(id, "pause");
  }

  resume(id: string): Promise<Render> {
    return this.#change(id, "resume");
  }

  /** Cancel a film on the farm. One that has ended is taken off the list; its frames stay in the share. */
  async cancel(id: string): Promise<void> {
    const job = this.#job(id);
    if (hasEnded(job) || job.film === undefined) {
      this.#jobs = this.#jobs.filter((other) => other !== job);
      this.#changed();
    } else await this.#change(id, "cancel");
  }

  /** Try again what failed, or was cancelled. */
  async retry(id: string): Promise<Render> {
    const job = this.#job(id);
    job.error = undefined;
    if (job.film !== undefined && !job.made) return this.#change(id, "retry");
    job.state = "submitting";
    if (job.made) void this.#deliver(job);
    else void this.#submit(job);
    this.#changed();
    return renderOf(job);
  }

  async logs(id: string): Promise<readonly FarmLog[]> {
    const { film } = this.#job(id);
    return film === undefined ? [] : this.#link.call("logs", { film });
  }

  /** A scene has another path. */
  renamed(from: string, to: string): void {
    for (const job of this.#jobs) if (job.path === from) job.path = to;
    this.#changed();
  }

  /** A scene has a new text. The farm goes on with the one that it has. */
  sceneChanged(path: string, text: string): void {
    for (const job of this.#jobs)
      if (job.path === path) job.edited = job.version !== versionOf(text);
    this.#changed();
  }

  async close(): Promise<void> {
    await this.#link.close();
    await this.#saving;
  }

  #knownCaches(path: string): string[] {
    return [...new Set(this.#jobs.flatMap((job) => (job.path === path ? job.caches : [])))];
  }

  #job(id: string): FarmJob {
    const job = this.#jobs.find((one) => one.id === id);
    if (job) return job;
    throw new Refused(404, "NOT_FOUND", "there is no such render");
  }

  async #change(id: string, change: Change): Promise<Render> {
    const job = this.#job(id);
    if (job.film === undefined)
      throw new Refused(409, "CONFLICT", "this film is not on the farm yet");
    await this.#link.call("change", { film: job.film, change });
    job.state = ({ pause: "paused", cancel: "cancelled" } as const)[change as "pause"] ?? "waiting";
    job.error = undefined;
    this.#changed();
    return renderOf(job);
  }

  /** Copy what the scene names into the share and queue it. */
  async #submit(job: FarmJob): Promise<void> {
    const { dreams } = this.#tools;
    try {
      const now = await dreams.sceneNow(job.path);
      job.version = versionOf(now.text);
      const { output } = await dreams.films.find(job.path, now);
      job.file = output;
      const call = { ...now, output, force: job.force };
      const { film, cache, frames, notices } = await this.#link.call("submit", call);
      // The same film again is one film.
      this.#jobs = this.#jobs.filter((other) => other === job || other.film !== film);
      Object.assign(job, { film, notices, state: "waiting" });
      job.caches = [cache, ...job.caches.filter((other) => other !== cache)].slice(0, maxCaches);
      job.frames = { ...noFrames, total: frames, waiting: frames };
      // Cancelled meanwhile.
      if (!this.#jobs.includes(job)) await this.#link.call("change", { film, change: "cancel" });
    } catch (error) {
      if (this.#link.isClosed) return;
      job.state = "failed";
      job.error = renderError(apiError(error));
    }
    this.#changed();
  }

  #take(report: FarmReport, before: FarmNow["state"]): void {
    if (report.type === "ready") {
      for (const film of report.films) this.#takeFilm(film);
      // Frames in the share are found again.
      if (before !== "ready")
        for (const path of new Set(this.#jobs.map((job) => job.path)))
          this.#tools.hub.send({ type: "frames", path });
    }
    this.#tools.hub.send({ type: "farm", farm: this.now() });
    this.#changed();
  }

  #takeFilm({ film, status, error, made }: FilmReport): void {
    const job = this.#jobs.find((one) => one.film === film);
    if (!job || hasEnded(job) || job.state === "delivering") return;
    if (made.length > 0) void tellFrames(job, made, this.#tools);
    if (error?.code === "FILM_NOT_FOUND") Object.assign(job, { state: "failed", error });
    else if (error) job.why = error.message;
    if (!status) return;
    const { frames, secondsLeft, why, failures } = status;
    Object.assign(job, { state: status.state, frames, secondsLeft, why, failures });
    if (status.state === "failed")
      job.error = {
        code: "FARM_STOPPED",
        message: failures.at(-1)?.message ?? "a piece failed again and again",
        hint: "The logs say more. Finished frames are kept.",
      };
    if (status.state === "finished") void this.#deliver(job);
  }

  async #deliver(job: FarmJob): Promise<void> {
    const { film, file: output, force } = job;
    Object.assign(job, { state: "delivering", made: true });
    try {
      const { file } = await this.#tools.dreams.sceneNow(job.path, "");
      await this.#link.call("deliver", { film: film!, file, output: output!, force });
      job.state = "finished";
    } catch (error) {
      if (this.#link.isClosed) return;
      job.state = "failed";
      job.error = renderError(apiError(error));
    }
    this.#changed();
  }

  /** Tell the pages, keep the list, and follow what has not ended. */
  #changed(): void {
    this.#jobs = withoutOldest(this.#jobs, hasEnded);
    const content = JSON.stringify(this.#jobs);
    if (content === this.#saved) return;
    this.#saved = content;
    this.#tools.tell();
    this.#link.follow(this.#jobs.flatMap((job) => (job.film && !hasEnded(job) ? [job.film] : [])));
    this.#saving = this.#saving
      .then(() => writeAtomically(content, this.#file))
      // The list is then lost with the server; the films are in the share.
      .catch(() => {});
  }
}
