/** A film and a sweep on a farm of workers that are started as a user starts them, and what one machine makes of both. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "vitest";
import { type Farm, type FarmPlace, withFarm } from "../../src/farm/open-farm.ts";
import { prefix } from "../../src/farm/queue/names.ts";
import type { FarmFilm } from "../../src/farm/share/film.ts";
import { filmPath, readFilm } from "../../src/farm/share/films.ts";
import { openShare } from "../../src/farm/share/share.ts";
import { filmStatus } from "../../src/farm/status.ts";
import { submit } from "../../src/farm/submit.ts";
import { writeOnnx } from "../../src/graph/onnx/file.ts";
import { readImage, writeImage } from "../../src/image/image.ts";
import { workFolderOf } from "../../src/pipeline/cache/cache-folder.ts";
import { renderScene } from "../../src/pipeline/render/render.ts";
import { parseScene } from "../../src/scene/parse.ts";
import type { Scene } from "../../src/scene/scene.ts";
import { commandArguments } from "./command.ts";
import { framesIn, workOf } from "./farm.ts";
import { decodeAll, ffmpeg, temporaryFolder } from "./media.ts";
import { randomFrame, tinyNetwork } from "./network.ts";
import { type RedisOptions, startRedis, type TestRedis } from "./redis.ts";

/** Longest wait for anything: the machine of the tests may be busy. */
const patienceMs = 150_000;
/** Time after which pieces of killed workers are taken over, ms. */
const lockMs = 4000;

// A network of two small convolutions: it takes no time to load, and pieces are many.
const dream = `model: { file: own.onnx, preprocess: { channels: RGB, scale: 0..1, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] } }
dream: { layers: { high: 1 }, octaves: 2, iterations: 3 }`;
/** Six shots, five cross-fades, a clip with a cut, shots that feed back and one that does not. */
const filmText = `shots:
  - { source: { noise: { seed: 3 } }, duration: 8f, motion: { zoom: 2 } }
  - { source: { video: clip.mkv }, transition: { crossfade: 3f } }
  - { source: { noise: { seed: 4 } }, duration: 4f, feedback: { amount: 0 }, transition: { crossfade: 2f } }
  - { source: { image: photo.png }, duration: 6f, motion: { rotate: 20deg }, transition: { crossfade: 2f } }
  - { source: { image: photo.png }, duration: 4f, motion: { zoom: 1.3 }, transition: { crossfade: 2f } }
  - { source: { noise: { seed: 5 } }, duration: 4f, transition: { crossfade: 2f } }
${dream}
output: { file: film.mkv, size: 64x36, fps: 8, keepFrames: true }
`;
const stillText = `source: { image: photo.png }
duration: 1f
${dream}
output: { file: still/, size: 64x36, fps: 8, keepFrames: true }
`;
export const stepSizes = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4];

/** What one machine makes of a scene. */
interface Whole {
  readonly frames: Readonly<Record<string, string>>;
  readonly pictures: readonly (Uint8Array | Float32Array)[];
}

/** `dreamreel farm worker` in a process group of its own. */
export interface WorkerCommand {
  readonly name: string;
  readonly pid: number;
  /** All that it has printed. */
  readonly text: () => string;
  /** Signal it alone, or with the process that dreams for it. */
  signal(signal: NodeJS.Signals, whom?: "parent" | "group"): void;
  /** Wait until it has printed this since the last call. */
  says(pattern: RegExp): Promise<void>;
  /** As Ctrl-C does. */
  stop(): Promise<void>;
}

export interface WorkerCommandOptions {
  /** Default: the program of this package. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Both {
  readonly film: FarmFilm;
  readonly sweep: FarmFilm;
}

export interface FaultyFarm extends AsyncDisposable {
  readonly folder: string;
  readonly place: FarmPlace;
  readonly server: TestRedis;
  with<T>(work: (farm: Farm) => Promise<T>): Promise<T>;
  worker(name: string, options?: WorkerCommandOptions): Promise<WorkerCommand>;
  /** Write the scenes of the film and of the sweep under a name of their own, so that they are films of their own. */
  write(name: string): Promise<{ readonly film: string; readonly still: string }>;
  /** Submit both in small pieces. */
  submit(name: string): Promise<Both>;
  /** Wait until so many frames of the film are finished. */
  frames(film: FarmFilm, count: number): Promise<void>;
  /** Stop the worker in the middle of a piece of one of both; `whom` as for `signal`. */
  stop(both: Both, worker: WorkerCommand, whom?: "parent" | "group"): Promise<void>;
  /** Both by their ids. */
  find(film: string, sweep: string): Promise<Both>;
  /** Wait until both are finished; nothing may have failed. */
  finished(both: Both): Promise<void>;
  /**
   * Wait until both are finished, and check all that must hold: every frame and every picture of the videos is one
   * machine's, nothing is there twice, and no lease, lock, partial file or job is left.
   */
  expectWhole(both: Both): Promise<void>;
}

export async function startFaultyFarm(redisOptions: RedisOptions = {}): Promise<FaultyFarm> {
  const folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const share = at("share");
  await mkdir(share);
  const server = await startRedis(redisOptions);
  const place: FarmPlace = { share, redis: server.address };
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=8"],
    ...["-f", "lavfi", "-i", "mandelbrot=size=64x36:rate=8:start_scale=0.5"],
    ...["-filter_complex", "[0]trim=end_frame=6[a];[1]trim=end_frame=7[b];[a][b]concat=n=2:v=1"],
    ...["-c:v", "ffv1", at("clip.mkv")],
  );
  await writeImage(randomFrame(7, 36, 64), at("photo.png"));
  await writeFile(at("own.onnx"), writeOnnx(tinyNetwork(1).graph));
  const wholeFilm = await rendered(
    parseScene(filmText, { path: at("film.yaml") }),
    at("alone.mkv"),
  );
  const wholeStills: Whole[] = [];
  for (const size of stepSizes)
    wholeStills.push(await rendered(stillOf(at("still.yaml"), size), at(`alone-${size}/`)));
  const workers = new Set<{ readonly child: ChildProcess; stop(): Promise<void> }>();

  const hasPiece = async ({ film, sweep }: Both, { pid }: WorkerCommand): Promise<boolean> => {
    const leases = [film, sweep].map(async ({ id }) => {
      const folder = join(share, "dreamreel/films", id, "leases");
      const names = await readdir(folder).catch(() => []);
      const texts = names.map((key) => readFile(join(folder, key), "utf8").catch(() => ""));
      return (await Promise.all(texts)).some((text) => text.startsWith(`${pid} `));
    });
    return (await Promise.all(leases)).includes(true);
  };
  const farm: FaultyFarm = {
    folder: folder.path,
    place,
    server,
    with: (work) => withFarm(place, work),
    async worker(name, { args, env = {} } = {}) {
      const more = ["farm", "worker", "--name", name, "--engine", "cpu", "--lock-ms", `${lockMs}`];
      const child = spawn(process.execPath, args ? [...args, ...more] : commandArguments(...more), {
        env: { ...process.env, REDIS_URL: place.redis.url, DREAMREEL_SHARE: share, ...env },
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      });
      const worker = follow(name, child);
      const entry = { child, stop: worker.stop };
      workers.add(entry);
      child.once("exit", () => workers.delete(entry));
      await worker.says(/is ready: it sees the share/);
      return worker;
    },
    async write(name) {
      const files = { film: at(`${name}.yaml`), still: at(`${name}-still.yaml`) };
      await writeFile(files.film, filmText);
      await writeFile(files.still, stillText);
      return files;
    },
    async submit(name) {
      const files = await farm.write(name);
      const scenes = stepSizes.map((size) => stillOf(files.still, size));
      const deliver = stepSizes.map((size) => at(`${name}-${size}/`));
      // Pieces of four frames.
      const small = { secondsPerMegapixel: (120 / 4 / (64 * 36)) * 1e6 };
      return farm.with(async (open) => {
        const film = parseScene(filmText, { path: files.film });
        const first = await submit(open, [film], small);
        const second = await submit(open, scenes, { ...small, deliver });
        expect(first.pieces).toBeGreaterThan(6);
        return { film: first.film, sweep: second.film };
      });
    },
    async frames(film, count) {
      const open = await openShare(share, { readOnly: true });
      await until(`${count} frames`, async () => {
        const { frames } = await filmStatus(open, film, []);
        return frames.done >= count;
      });
    },
    stop: (both, worker, whom) =>
      until(`a piece with ${worker.name}`, async () => {
        if (!(await hasPiece(both, worker))) return false;
        worker.signal("SIGSTOP", whom);
        // It may have ended the piece meanwhile.
        if (await hasPiece(both, worker)) return true;
        worker.signal("SIGCONT", whom);
        return false;
      }),
    find: (film, sweep) =>
      farm.with(async ({ share: open }) => ({
        film: await readFilm(open, film),
        sweep: await readFilm(open, sweep),
      })),
    async finished({ film, sweep }) {
      // Not by way of Redis, which may be gone.
      const open = await openShare(share, { readOnly: true });
      for (const one of [film, sweep])
        await until(`the end of ${one.id}`, async () => {
          const { state, failures } = await filmStatus(open, one, []);
          expect(failures).toEqual([]);
          return state === "finished";
        });
    },
    async expectWhole({ film, sweep }) {
      await farm.finished({ film, sweep });
      await farm.with(async ({ share: open, redis }) => {
        await expectSame(
          workOf(open, film),
          filmPath(open, film, film.scenes[0]!.output),
          wholeFilm,
        );
        for (const [i, whole] of wholeStills.entries())
          await expectSame(
            workOf(open, sweep, i),
            filmPath(open, sweep, sweep.scenes[i]!.output),
            whole,
          );
        let left: string[] = [];
        await until("nothing to be left", async () => {
          left = (
            await Promise.all([film, sweep].map((one) => leftIn(filmPath(open, one))))
          ).flat();
          for (const key of await redis.keys(`${prefix}:*`))
            if (/:lock$/.test(key)) left.push(key);
            else if (/:(?:active|wait|prioritized|delayed)$/.test(key)) {
              const isList = (await redis.type(key)) === "list";
              const jobs = await (isList ? redis.lrange(key, 0, -1) : redis.zrange(key, "0", "-1"));
              left.push(...jobs.map((job) => `${key} ${job}`));
            }
          return left.length === 0;
        }).catch(() => {});
        expect(left).toEqual([]);
      });
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of workers) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        process.kill(-child.pid!, "SIGKILL");
        await once(child, "exit");
      }
      await server[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
  return farm;
}

function stillOf(path: string, stepSize: number): Scene {
  return parseScene(stillText, { path, set: [`dream.stepSize=${stepSize}`] });
}

async function rendered(scene: Scene, output: string): Promise<Whole> {
  await renderScene(scene, { output, engine: "cpu", threads: 2, worker: true });
  const frames = await framesIn(workFolderOf(output, false));
  return { frames, pictures: await picturesIn(output) };
}

/** The pictures of a video or in a folder. */
async function picturesIn(output: string): Promise<Whole["pictures"]> {
  if (!output.endsWith("/")) return decodeAll(output, 64, 36);
  const names = (await readdir(output)).filter((name) => name.endsWith(".png")).sort();
  return Promise.all(names.map(async (name) => (await readImage(join(output, name))).data));
}

async function expectSame(work: string, output: string, whole: Whole): Promise<void> {
  expect(await framesIn(work)).toEqual(whole.frames);
  const pictures = await picturesIn(output);
  expect(pictures).toHaveLength(Object.keys(whole.frames).length);
  expect(pictures).toEqual(whole.pictures);
}

/** Leases, locks and files without a name of their own, below a film's folder. */
async function leftIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => /^leases\/|(^|\/)\.|(^|\/)lock$|partial|unfinished|stale/.test(name))
    .map((name) => join(folder, name));
}

/** Ask again and again. Throws after `patienceMs`. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > patienceMs) throw new Error(`waited in vain for ${what}`);
    await wait(60);
  }
}

function follow(name: string, child: ChildProcess): WorkerCommand {
  let [text, seen] = ["", 0];
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    pid: child.pid!,
    text: () => text,
    signal(signal, whom = "group") {
      process.kill(whom === "group" ? -child.pid! : child.pid!, signal);
    },
    async says(pattern) {
      await until(`${name} to say ${pattern}`, async () => {
        const found = pattern.exec(text.slice(seen));
        if (!found && hasEnded()) throw new Error(`${name} ended: ${text}`);
        if (found) seen += found.index + found[0].length;
        return found !== null;
      });
    },
    async stop() {
      if (hasEnded()) return;
      child.kill("SIGINT");
      await once(child, "exit");
      expect(text).not.toMatch(/INTERNAL/);
    },
  };
}
