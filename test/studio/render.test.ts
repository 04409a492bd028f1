import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { placeHint } from "../../src/disk/write-atomically.ts";
import type { SceneText } from "../../src/studio/api.ts";
import type { Finished, Render, ResultInfo, Steered } from "../../src/studio/api-render.ts";
import type { CheckResult } from "../../src/studio/api-scene.ts";
import { renderError, renderNotice } from "../../src/studio/render-words.ts";
import { type Listening, openStudio, smallScene, type TestStudio } from "../helpers/studio.ts";

let studio: TestStudio;
let page: Listening;
let film: string;
let count = 0;
/** Long enough to be paused, steered and edited on the way. */
const smallFilm = (seed: number): string =>
  smallScene
    .replace("duration: 1s", "duration: 3s")
    .replace("out/small.mp4", "out/long.mp4")
    .replace("seed: 3", `seed: ${10 + seed}`);

beforeAll(async () => {
  studio = await openStudio();
});

beforeEach(async () => {
  for (const { id } of await list()) await studio.call("POST", `/api/renders/${id}/cancel`);
  // A version of its own, so that the frames of other tests are not taken.
  film = smallFilm(++count);
  await writeFile(join(studio.folder, "long.yaml"), film);
  page = await studio.listen("page");
});

afterEach(() => {
  for (const { version } of told()) old.add(version);
  page.close();
});
afterAll(() => studio.close());

const start = (path = "long.yaml", frames?: [number, number]): Promise<Render> =>
  studio.call<Render>("POST", "/api/renders", { path, frames });
const list = (): Promise<Render[]> => studio.call<Render[]>("GET", "/api/renders");
const finished = (): Promise<Finished> =>
  studio.call<Finished>("GET", "/api/finished?path=long.yaml");
/** Versions of the films of tests before: a frame of a render that was cancelled may be told late. */
const old = new Set<string | null>();
const told = (): { frame: number; version: string | null }[] =>
  page.events.flatMap((event) => {
    if (event.type !== "frame") return [];
    const { searchParams } = new URL(event.url, "http://studio");
    return [{ frame: event.frame, version: searchParams.get("version") }];
  });
const framesOf = (): number[] =>
  told().flatMap(({ frame, version }) => (old.has(version) ? [] : [frame]));

/** Wait until a render is as `fits` wants it, or has failed. */
async function until(id: string, fits: (render: Render) => boolean): Promise<Render> {
  const found = (renders: readonly Render[]): Render | undefined =>
    renders.find((one) => one.id === id && (fits(one) || one.state === "failed"));
  const known = found(await list());
  const render =
    known ?? found((await page.wait("render", ({ renders }) => !!found(renders))).renders)!;
  expect(render.error).toBeUndefined();
  return render;
}

const enough = ({ state, framesDone }: Render): boolean => state === "rendering" && framesDone >= 4;

async function save(text: string): Promise<void> {
  const { version } = await studio.call<SceneText>("GET", "/api/scene?path=long.yaml");
  await studio.call("PUT", "/api/scene?path=long.yaml", { text, base: version });
}

test("a scene that is saved as its render begins has not been edited", async () => {
  const { version } = await studio.call<SceneText>("GET", "/api/scene?path=long.yaml");
  const saved = { text: film, base: version };
  const [{ id }] = await Promise.all([
    start(),
    studio.call("PUT", "/api/scene?path=long.yaml", saved),
  ]);
  const { notices } = await until(id, enough);
  expect(notices).toEqual([]);
  await studio.call("POST", `/api/renders/${id}/cancel`);
});

test("a render tells its frames as they come, and gives out its film with a recipe", async () => {
  const { id } = await start("small.yaml");
  const done = await until(id, ({ state }) => state === "done");
  expect(done).toMatchObject({ path: "small.yaml", frames: 8, framesDone: 8 });
  expect(framesOf()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const { ranges, version, size } = await studio.call<Finished>(
    "GET",
    "/api/finished?path=small.yaml",
  );
  expect(ranges).toEqual([[0, 7]]);
  expect(size).toEqual({ width: 64, height: 48 });
  const frame = await studio.send(
    `/api/frames?path=small.yaml&frame=3&version=${version}&width=32`,
  );
  expect([frame.status, frame.headers["content-type"]]).toEqual([200, "image/jpeg"]);
  expect((await studio.send(`/api/frames?path=small.yaml&frame=8&version=${version}`)).status).toBe(
    404,
  );
  const result = await studio.call<ResultInfo>("GET", "/api/result?path=small.yaml");
  expect(result).toMatchObject({ name: "small.mp4", file: join(studio.folder, "out/small.mp4") });
  const part = await studio.send(result.url, { headers: { range: "bytes=4-7" } });
  expect([part.status, part.body.toString()]).toEqual([206, "ftyp"]);
  expect(part.headers["content-range"]).toBe(`bytes 4-7/${result.bytes}`);
});

test("a part of a finished film goes to a file of its own, with the frames that are there", async () => {
  const whole = await start("small.yaml");
  const done = await until(whole.id, ({ state }) => state === "done");
  expect(done.file).toBe(join(studio.folder, "out/small.mp4"));
  const { bytes } = await studio.call<ResultInfo>("GET", "/api/result?path=small.yaml");
  const before = framesOf().length;
  const { id } = await start("small.yaml", [2, 5]);
  const part = await until(id, ({ state }) => state === "done");
  expect(part).toMatchObject({ range: [2, 5], frames: 4, framesDone: 4 });
  expect(part.file).toBe(join(studio.folder, "out/small.2-5.mp4"));
  expect(framesOf()).toHaveLength(before);
  expect((await list()).map((render) => [render.id, render.state])).toEqual([
    [whole.id, "done"],
    [id, "done"],
  ]);
  const results = ["", "&frames=2-5"].map((query) =>
    studio.call<ResultInfo>("GET", `/api/result?path=small.yaml${query}`),
  );
  const [film, cut] = await Promise.all(results);
  expect([film!.name, film!.bytes]).toEqual(["small.mp4", bytes]);
  expect(cut!.name).toBe("small.2-5.mp4");
  expect((await studio.send(cut!.url, { headers: { range: "bytes=4-7" } })).body.toString()).toBe(
    "ftyp",
  );
});

test("a render says that the network is opened, and that it waits for a picture", async () => {
  const { id } = await start();
  await until(id, enough);
  const seen = (): (string | undefined)[] =>
    page.events.flatMap((event) =>
      event.type === "render" ? event.renders.map(({ waitsFor }) => waitsFor) : [],
    );
  expect(seen()).toContain("network");
  expect(seen()).not.toContain("picture");
  const look = { client: "page", path: "long.yaml", text: film, frame: 0, width: 64 };
  await studio.call("POST", "/api/look", { ...look, kind: "dream" });
  expect((await list()).find((one) => one.id === id)!.waitsFor).toBe("picture");
  await page.wait("look", ({ done }) => done);
  await page.wait("render", ({ renders }) =>
    renders.some(({ waitsFor }) => waitsFor === undefined),
  );
});

test("a file that is in the way is told in the words of the page, and replaced on request", async () => {
  await mkdir(join(studio.folder, "out"), { recursive: true });
  await writeFile(join(studio.folder, "out/mine.mp4"), "a film of mine");
  await writeFile(
    join(studio.folder, "mine.yaml"),
    smallScene.replace("out/small.mp4", "out/mine.mp4"),
  );
  const { id } = await start("mine.yaml");
  await page.wait("render", ({ renders }) =>
    renders.some((one) => one.id === id && one.state === "failed"),
  );
  const { error } = (await list()).find((one) => one.id === id)!;
  expect(error).toMatchObject({
    code: "OUTPUT_EXISTS",
    hint: "Replace it, or write another name after output.file.",
  });
  const again = { path: "mine.yaml", force: true };
  const forced = await studio.call<Render>("POST", "/api/renders", again);
  await until(forced.id, ({ state }) => state === "done");
});

test("hints keep what can be done in the page", () => {
  const hint = "Lower the size to 64x48. Use --force to start anyway.";
  expect(renderError({ code: "TOO_LARGE", message: "too large", hint })).toEqual({
    code: "TOO_LARGE",
    message: "too large",
    hint: "Lower the size to 64x48.",
  });
  expect(renderError({ code: "DISK_FULL", message: "full", hint: placeHint }).hint).toBe(
    "Choose a writable location with output.file in the scene.",
  );
  expect(renderNotice("3 finished frames are kept; run the same command again to resume")).toBe(
    undefined,
  );
});

test("a paused render keeps its frames, and goes on from there", async () => {
  const { id } = await start();
  await until(id, enough);
  await studio.call("POST", `/api/renders/${id}/pause`);
  await until(id, ({ state }) => state === "paused");
  await expect.poll(async () => (await finished()).ranges.length).toBe(1);
  const before = framesOf().length;
  expect(before).toBeLessThan(24);
  await studio.call("POST", `/api/renders/${id}/resume`);
  const done = await until(id, ({ state }) => state === "done");
  expect(done.framesDone).toBe(24);
  expect(framesOf().sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, i) => i));
});

test("an edit under way dreams again only the frames that it changes", async () => {
  const { id } = await start();
  await until(id, enough);
  await save(`${film}timeline:\n  - { at: 2s, ease: hold, color: { saturation: 0.5 } }\n`);
  const { notices } = await until(id, ({ state }) => state === "done");
  expect(notices.join()).toMatch(/edited: the render goes on from frame [4-9]\./);
  const frames = framesOf();
  expect(new Set(frames).size).toBe(24);
  expect(frames.filter((frame) => frame < 4)).toEqual([0, 1, 2, 3]);
  expect((await finished()).ranges).toEqual([[0, 23]]);
  const text = await readFile(join(studio.folder, "out/long.mp4.json"), "utf8");
  expect(JSON.parse(text).scene).toContain("hold");
});

test("an edit with a mistake leaves the render as it is", async () => {
  const { id } = await start();
  await until(id, enough);
  await save(`${film}nonsense: 1\n`);
  expect((await until(id, ({ state }) => state !== "waiting")).state).toBe("rendering");
});

test("steering writes a key at the frame that is being dreamed, and earlier frames stay", async () => {
  const { id } = await start();
  await until(id, enough);
  const steered = await studio.call<Steered>("POST", "/api/steer", {
    id,
    path: ["motion", "zoom"],
    value: 3,
  });
  const at = Math.round(steered.timeSec * 8);
  expect(at).toBeGreaterThanOrEqual(4);
  const { text } = await studio.call<SceneText>("GET", "/api/scene?path=long.yaml");
  expect(text).toBe(steered.text);
  expect(text).toContain("# quick");
  const { scene } = await studio.call<CheckResult>("POST", "/api/check", {
    path: "long.yaml",
    text,
  });
  const zoom = scene!.values.find(({ path }) => path.join(".") === "motion.zoom")!;
  expect(zoom.samples!.slice(0, at)).toEqual(Array(at).fill(1.5));
  expect(zoom.samples!.slice(at)).toEqual(Array(24 - at).fill(3));
  await until(id, ({ state }) => state === "done");
  const frames = framesOf();
  expect(frames.filter((frame) => frame < at)).toEqual(Array.from({ length: at }, (_, i) => i));
});

test("steering one number of a pan keeps the other", async () => {
  const { id } = await start();
  await until(id, enough);
  for (const [i, value] of [4, -3].entries())
    await studio.call<Steered>("POST", "/api/steer", { id, path: ["motion", "pan", i], value });
  const { text } = await studio.call<SceneText>("GET", "/api/scene?path=long.yaml");
  const call = { path: "long.yaml", text };
  const { scene, problems } = await studio.call<CheckResult>("POST", "/api/check", call);
  expect(problems).toEqual([]);
  const ends = scene!.values
    .filter(({ path }) => path[1] === "pan")
    .map(({ samples }) => samples!.at(-1));
  expect(ends).toEqual([4, -3]);
  await until(id, ({ state }) => state === "done");
});

test("values that follow each other at once never go back: the last one holds to the end", async () => {
  const { id } = await start();
  await until(id, enough);
  const times: number[] = [];
  for (let i = 1; i <= 12; i++) {
    const call = { id, path: ["motion", "zoom"], value: 2 + i / 10 };
    times.push((await studio.call<Steered>("POST", "/api/steer", call)).timeSec);
  }
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const { text } = await studio.call<SceneText>("GET", "/api/scene?path=long.yaml");
  const { scene } = await studio.call<CheckResult>("POST", "/api/check", {
    path: "long.yaml",
    text,
  });
  const zoom = scene!.values.find(({ path }) => path.join(".") === "motion.zoom")!;
  expect(zoom.samples!.at(-1)).toBe(3.2);
  await until(id, ({ state }) => state === "done");
  const first = Math.round(times[0]! * 8);
  const before = framesOf().filter((frame) => frame < first);
  expect(before).toEqual(Array.from({ length: first }, (_, i) => i));
});

test("renders survive a restart of the server", async () => {
  const { id } = await start();
  await until(id, enough);
  page.close();
  await studio.restart();
  page = await studio.listen("page");
  const [first] = (await finished()).ranges;
  expect(first![0]).toBe(0);
  const done = await until(id, ({ state }) => state === "done");
  expect(done.framesDone).toBe(24);
  expect(framesOf()).not.toContain(0);
});

test("renders take turns, and one that is moved to the front goes first", async () => {
  const long = await start();
  await until(long.id, enough);
  const short = await start("small.yaml");
  expect(short.state).toBe("waiting");
  await studio.call("POST", `/api/renders/${short.id}/move?to=0`);
  await until(short.id, ({ state }) => state === "done");
  expect((await list()).find(({ id }) => id === long.id)!.framesDone).toBeLessThan(24);
  await studio.call("POST", `/api/renders/${long.id}/cancel`);
  expect((await list()).map(({ id }) => id)).toEqual([short.id]);
});

test("a render that fails says why, and the next one goes on", async () => {
  const bad = smallScene
    .replace("{ noise: { seed: 3 } }", "none.png")
    .replace("small.mp4", "bad.mp4");
  await writeFile(join(studio.folder, "bad.yaml"), bad);
  const first = await start("bad.yaml");
  const good = await start("small.yaml");
  await until(good.id, ({ state }) => state === "done");
  const failed = (await list()).find(({ id }) => id === first.id)!;
  expect(failed.state).toBe("failed");
  expect(failed.error).toMatchObject({ code: "FILE_NOT_FOUND" });
});
