/** A farm of real parts: a share in a temporary folder, a redis-server, and workers here or in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Farm, type FarmPlace, withFarm } from "../../src/farm/open-farm.ts";
import { liveWorkers } from "../../src/farm/queue/live.ts";
import type { FarmFilm } from "../../src/farm/share/film.ts";
import { filmPath } from "../../src/farm/share/films.ts";
import type { SubmitOptions } from "../../src/farm/share/submit.ts";
import { type FilmStatus, filmStatus } from "../../src/farm/status.ts";
import { type Submitted, submit } from "../../src/farm/submit.ts";
import { runWorker, type WorkerOptions } from "../../src/farm/worker/run-worker.ts";
import type { WorkerEvent } from "../../src/farm/worker/tools.ts";
import { readImage } from "../../src/image/image.ts";
import { renderScene } from "../../src/pipeline/render/render.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { temporaryFolder } from "./media.ts";
import { type RedisOptions, startRedis, type TestRedis } from "./redis.ts";

export type TestWorkerOptions = Partial<
  Pick<WorkerOptions, "tags" | "jobs" | "lockMs" | "backoffMs" | "share">
>;

/** A worker in this process. */
export interface TestWorker {
  readonly id: string;
  readonly events: readonly WorkerEvent[];
  /** As Ctrl-C does. */
  stop(): Promise<void>;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly id: string;
  readonly events: readonly WorkerEvent[];
  /** Send a signal, and wait until it has ended. Returns its exit code or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

export interface TestFarm extends AsyncDisposable {
  /** Temporary folder. */
  readonly folder: string;
  readonly place: FarmPlace;
  readonly server: TestRedis;
  with<T>(work: (farm: Farm) => Promise<T>): Promise<T>;
  submit(text: string, name: string, options?: SubmitOptions): Promise<Submitted>;
  worker(machine: string, options?: TestWorkerOptions): Promise<TestWorker>;
  workerProcess(machine: string, options?: TestWorkerOptions): Promise<WorkerProcess>;
  status(film: FarmFilm): Promise<FilmStatus>;
  /** Wait until the film is as wanted; one minute at most. */
  until(film: FarmFilm, wanted: (status: FilmStatus) => boolean): Promise<FilmStatus>;
  /** The pictures of an output in the share. */
  frames(film: FarmFilm, scene?: number): Promise<Float32Array[]>;
  /** The pictures of a render on this machine alone. */
  alone(text: string): Promise<Float32Array[]>;
}

/** Workers in tests are quick to take over and to try again. */
const quick = { lockMs: 3000, backoffMs: 100 } as const;

export async function startFarm(redisOptions?: RedisOptions): Promise<TestFarm> {
  const folder = await temporaryFolder();
  const server = await startRedis(redisOptions);
  const share = join(folder.path, "share");
  await mkdir(share);
  const place: FarmPlace = { share, redis: server.address };
  const running = new Set<{ stop(): Promise<unknown> }>();
  let alone = 0;
  const farm: TestFarm = {
    folder: folder.path,
    place,
    server,
    with: (work) => withFarm(place, work),
    async submit(text, name, options = {}) {
      const path = join(folder.path, `${name}.yaml`);
      await writeFile(path, text);
      const scene = parseScene(text, { path });
      // Pieces of a few frames.
      const all = { secondsPerMegapixel: 13_000, ...options };
      return farm.with((open) => submit(open, [scene], all));
    },
    async worker(machine, options = {}) {
      const controller = new AbortController();
      const events: WorkerEvent[] = [];
      const { promise: ready, resolve } = withResolvers<string>();
      const work = runWorker({
        ...place,
        ...quick,
        ...{ threads: 1, engine: "cpu", machine, ...options },
        signal: controller.signal,
        onReady: ({ id }) => resolve(id),
        onEvent: (event) => events.push(event),
      });
      const own = {
        async stop() {
          running.delete(own);
          controller.abort();
          await work;
        },
      };
      running.add(own);
      return { id: await Promise.race([ready, work.then(() => "")]), events, ...own };
    },
    async workerProcess(machine, options = {}) {
      const own = { share, redis: server.address.url, threads: 1, engine: "cpu", machine };
      const child = spawn(
        process.execPath,
        [
          ...["--import", import.meta.resolve("tsx")],
          join(import.meta.dirname, "farm-worker.ts"),
          JSON.stringify({ ...own, ...quick, ...options }),
        ],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const worker = follow(child);
      const entry = { stop: () => worker.end("SIGKILL") };
      running.add(entry);
      child.once("exit", () => running.delete(entry));
      return { ...worker, id: await worker.ready };
    },
    status: (film) =>
      farm.with(async ({ share: open, redis }) => filmStatus(open, film, await liveWorkers(redis))),
    async until(film, wanted) {
      const began = performance.now();
      return farm.with(async ({ share: open, redis }) => {
        for (;;) {
          const status = await filmStatus(open, film, await liveWorkers(redis));
          if (wanted(status)) return status;
          if (performance.now() - began > 60_000)
            throw new Error(`waited in vain: ${JSON.stringify(status)}`);
          await wait(30);
        }
      });
    },
    frames: (film, scene = 0) =>
      farm.with(({ share: open }) => pictures(filmPath(open, film, film.scenes[scene]!.output))),
    async alone(text) {
      const output = `${join(folder.path, `alone-${alone++}`)}/`;
      await renderScene(parseScene(text, { path: join(folder.path, "alone.yaml") }), {
        ...{ output, engine: "cpu", threads: 1, worker: true },
      });
      return pictures(output);
    },
    async [Symbol.asyncDispose]() {
      for (const one of running) await one.stop();
      await server[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
  return farm;
}

async function pictures(path: string): Promise<Float32Array[]> {
  const names = (await readdir(path)).filter((name) => name.endsWith(".png")).sort();
  return Promise.all(names.map(async (name) => (await readImage(join(path, name))).data));
}

function follow(child: ChildProcess): Omit<WorkerProcess, "id"> & { ready: Promise<string> } {
  const events: WorkerEvent[] = [];
  const { promise: ready, resolve, reject } = withResolvers<string>();
  let rest = "";
  child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines)
      if (line.startsWith("ready ")) resolve(line.slice(6));
      else events.push(JSON.parse(line));
  });
  child.once("exit", () => reject(new Error("the worker ended before it was ready")));
  return {
    events,
    ready,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, "exit");
      }
      return child.exitCode ?? child.signalCode!;
    },
  };
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((a, b) => {
    resolve = a;
    reject = b;
  });
  return { promise, resolve, reject };
}
