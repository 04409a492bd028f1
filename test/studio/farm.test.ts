/** Films that the studio gives to a farm: a real redis-server, a share, and workers. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { redisAddress } from "../../src/farm/queue/redis.ts";
import { readFilm } from "../../src/farm/share/films.ts";
import type { SceneText } from "../../src/studio/api.ts";
import type { FarmLog, FarmNow } from "../../src/studio/api-farm.ts";
import type { Finished, Render, ResultInfo } from "../../src/studio/api-render.ts";
import { startFarm, type TestFarm, type TestWorker } from "../helpers/live-farm.ts";
import { freePort, noRedis } from "../helpers/redis.ts";
import { openStudio, smallScene, type TestStudio } from "../helpers/studio.ts";

describe.skipIf(noRedis)("the studio with a farm", { timeout: 120_000 }, () => {
  let farm: TestFarm;
  let studio: TestStudio;
  let text: string;
  let count = 0;

  const list = (): Promise<Render[]> => studio.call<Render[]>("GET", "/api/renders");
  const now = (): Promise<FarmNow> => studio.call<FarmNow>("GET", "/api/farm");
  const give = (more: object = {}): Promise<Render> =>
    studio.call<Render>("POST", "/api/renders", { path: "film.yaml", on: "farm", ...more });
  const change = (id: string, what: string): Promise<unknown> =>
    studio.call("POST", `/api/renders/${id}/${what}`);
  const finished = (): Promise<Finished> =>
    studio.call<Finished>("GET", "/api/finished?path=film.yaml");
  const until = (id: string, fits: (render: Render) => boolean): Promise<Render> =>
    wanted(list, (all) => all.find((one) => one.id === id && fits(one)));
  const inState = (id: string, state: string): Promise<Render> =>
    until(id, (render) => render.farm?.state === state);

  beforeAll(async () => {
    farm = await startFarm();
    studio = await openStudio({ farm: farm.place });
  });
  beforeEach(async () => {
    for (const { id, state } of await list()) {
      if (state !== "done" && state !== "failed") await change(id, "cancel");
      if ((await list()).some((one) => one.id === id)) await change(id, "cancel");
    }
    const seed = 100 + ++count;
    text = smallScene
      .replace("out/small.mp4", `out/film-${seed}.mp4`)
      .replace("seed: 3", `seed: ${seed}`)
      .replace("duration: 1s", "duration: 2s");
    await writeFile(join(studio.folder, "film.yaml"), text);
  });
  afterAll(async () => {
    await studio?.close();
    await farm?.[Symbol.asyncDispose]();
  });

  const withWorker = async (work: (worker: TestWorker) => Promise<void>): Promise<void> => {
    const worker = await farm.worker("atlas");
    await work(worker).finally(() => worker.stop());
  };

  test("it shows the workers, and a film's frames as they come; the film is delivered where a render puts it", async () => {
    const page = await studio.listen("page");
    expect(
      (await page.wait("farm", ({ farm: { state } }) => state === "ready")).farm,
    ).toMatchObject({
      address: farm.place.redis.shown,
      share: farm.place.share,
    });
    const { id } = await give();
    const waiting = await inState(id, "waiting");
    expect(waiting).toMatchObject({ state: "waiting", frames: 16, framesDone: 0 });
    await until(id, (render) => /no worker runs/.test(render.farm?.why ?? ""));
    await withWorker(async (worker) => {
      const dreaming = await page.wait(
        "farm",
        (event) => event.farm.workers[0]?.pieces.length === 1,
      );
      expect(dreaming.farm.workers[0]).toMatchObject({
        ...{ id: worker.id, machine: "atlas", engine: "cpu", state: "ready" },
        pieces: [{ path: "film.yaml", words: expect.stringContaining("shot 1, frames 0 to") }],
      });
      const { url } = await page.wait("frame", (frame) => frame.path === "film.yaml");
      expect((await finished()).ranges[0]?.[0]).toBe(0);
      const picture = await studio.send(url);
      expect([picture.status, picture.headers["content-type"]]).toEqual([200, "image/jpeg"]);
      const done = await inState(id, "finished");
      expect(done).toMatchObject({ state: "done", frames: 16, framesDone: 16 });
      const file = join(studio.folder, `out/film-${100 + count}.mp4`);
      expect(done.file).toBe(file);
      expect((await readFile(file)).subarray(4, 8).toString()).toBe("ftyp");
    });
    expect((await finished()).ranges).toEqual([[0, 15]]);
    const result = await studio.call<ResultInfo>("GET", "/api/result?path=film.yaml");
    const video = await studio.send(result.url, { headers: { range: "bytes=4-7" } });
    expect(video.body.toString()).toBe("ftyp");
    page.close();
  });

  test("a render here finds the delivered film to be its own", async () => {
    await withWorker(async () => {
      const { id } = await give();
      await inState(id, "finished");
    });
    const own = await readdir(join(studio.folder, "out"), { recursive: true });
    expect(own.filter((name) => name.includes("frame-"))).toEqual([]);
    const { id } = await studio.call<Render>("POST", "/api/renders", { path: "film.yaml" });
    const done = await until(id, ({ state }) => state === "done");
    expect(done.notices).toEqual([]);
    expect((await list()).map((render) => render.farm !== undefined)).toEqual([false, true]);
  });

  test("a film is paused, goes on, is cancelled and tried again", async () => {
    const { id } = await give();
    await inState(id, "waiting");
    await change(id, "pause");
    expect((await inState(id, "paused")).state).toBe("paused");
    await change(id, "resume");
    await inState(id, "waiting");
    await change(id, "cancel");
    expect(await inState(id, "cancelled")).toMatchObject({ state: "failed", framesDone: 0 });
    await change(id, "retry");
    await withWorker(async () => {
      await inState(id, "finished");
    });
    const logs = await studio.call<FarmLog[]>("GET", `/api/renders/${id}/logs`);
    expect(logs.length).toBeGreaterThan(0);
  });

  test("a file that is in the way is not replaced without being asked to", async () => {
    await mkdir(join(studio.folder, "out"), { recursive: true });
    const file = join(studio.folder, `out/film-${100 + count}.mp4`);
    const early = await give();
    await inState(early.id, "waiting");
    await writeFile(file, "a film of mine");
    await withWorker(async () => {
      const failed = await inState(early.id, "failed");
      expect(failed.error?.code).toBe("OUTPUT_EXISTS");
      expect(await readFile(file, "utf8")).toBe("a film of mine");
      // One that is given to the farm now is refused before it is dreamed.
      const late = await give();
      expect((await inState(late.id, "failed")).error?.code).toBe("OUTPUT_EXISTS");
      const forced = await give({ force: true });
      await inState(forced.id, "finished");
    });
    expect((await readFile(file)).subarray(4, 8).toString()).toBe("ftyp");
  });

  test("an edit leaves the film as it was; given again, the newer one takes its place", async () => {
    const { id } = await give();
    await inState(id, "waiting");
    const { version } = await studio.call<SceneText>("GET", "/api/scene?path=film.yaml");
    const edited = text.replace("zoom: 1.5", "zoom: 1.7");
    await studio.call("PUT", "/api/scene?path=film.yaml", { text: edited, base: version });
    const noticed = await until(id, ({ notices }) => notices.length > 0);
    expect(noticed.notices.join()).toMatch(/edited since/);
    const second = await give();
    expect(second.id).not.toBe(id);
    await inState(id, "cancelled");
    await inState(second.id, "waiting");
  });

  test("the list survives a restart of the studio, and a film that ended meanwhile is delivered", async () => {
    const { id } = await give();
    const { farm: part } = await inState(id, "waiting");
    const film = await farm.with(({ share }) => readFilm(share, part!.film!));
    await studio.studio.close();
    await withWorker(async () => {
      await farm.until(film, ({ state }) => state === "finished");
      await studio.restart();
      await inState(id, "finished");
    });
  });

  test("a Redis that ends is told with its address, and the farm comes back by itself", async () => {
    const { id } = await give();
    await inState(id, "waiting");
    await farm.server.kill();
    const away = await wanted(now, (farm) => (farm.state === "away" ? farm : undefined));
    expect(away.error).toMatchObject({ code: "REDIS_UNAVAILABLE" });
    expect(away.error!.message).toContain(farm.place.redis.shown);
    const began = performance.now();
    await list();
    expect(performance.now() - began).toBeLessThan(500);
    const late = await studio.send(`/api/renders/${id}/pause`, { method: "POST" });
    expect(late.json()).toMatchObject({ code: "REDIS_UNAVAILABLE" });
    await farm.server.start();
    await wanted(now, ({ state }) => (state === "ready" ? true : undefined));
    await withWorker(async () => {
      await inState(id, "finished");
    });
  });

  test("a share that is gone is told as such, and comes back", async () => {
    await rename(farm.place.share, `${farm.place.share}.gone`);
    const away = await wanted(now, (farm) => (farm.state === "away" ? farm : undefined));
    expect(away.error?.code).toBe("SHARE_NOT_FOUND");
    await rename(`${farm.place.share}.gone`, farm.place.share);
    await wanted(now, ({ state }) => (state === "ready" ? true : undefined));
  });

  test("requests on the farm are checked as others are", async () => {
    const body = JSON.stringify({ path: "film.yaml", on: "farm" });
    const headers = { "content-type": "application/json" };
    const post = { method: "POST", headers, body };
    expect((await studio.raw("/api/renders", post)).status).toBe(403);
    const foreign = { ...headers, origin: "http://evil.example" };
    expect((await studio.send("/api/renders", { ...post, headers: foreign })).status).toBe(403);
    expect((await studio.raw("/api/farm")).status).toBe(403);
    const outside = JSON.stringify({ path: "../film.yaml", on: "farm" });
    expect((await studio.send("/api/renders", { ...post, body: outside })).status).toBe(403);
    const part = JSON.stringify({ path: "film.yaml", on: "farm", frames: [0, 3] });
    expect((await studio.send("/api/renders", { ...post, body: part })).status).toBe(400);
    expect((await studio.send("/api/renders/none/logs")).status).toBe(404);
  });
});

test("a studio starts at once although its farm does not answer, and never shows the password", async () => {
  const redis = redisAddress(`redis://:secret@127.0.0.1:${await freePort()}`);
  const began = performance.now();
  const studio = await openStudio({ farm: { share: "/nowhere", redis } });
  try {
    expect(performance.now() - began).toBeLessThan(3000);
    const away = await wanted(
      () => studio.call<FarmNow>("GET", "/api/farm"),
      (farm) => (farm.state === "away" ? farm : undefined),
    );
    expect(away.error).toBeDefined();
    expect(JSON.stringify(away)).not.toContain("secret");
  } finally {
    await studio.close();
  }
});

test("a studio without a farm says how one is named", async () => {
  const studio = await openStudio();
  try {
    const answer = await studio.send("/api/farm");
    expect([answer.status, answer.json().hint]).toEqual([404, expect.stringContaining("--redis")]);
  } finally {
    await studio.close();
  }
});

/** Ask until `pick` gives something. */
async function wanted<T, R>(ask: () => Promise<T>, pick: (value: T) => R | undefined): Promise<R> {
  const began = performance.now();
  for (;;) {
    const value = await ask();
    const picked = pick(value);
    if (picked !== undefined) return picked;
    if (performance.now() - began > 40_000)
      throw new Error(`waited in vain: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
