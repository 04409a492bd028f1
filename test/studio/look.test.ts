import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SceneText } from "../../src/studio/api.ts";
import type { LookEvent, MotionEvent, Started, Tiles } from "../../src/studio/api-events.ts";
import type { Finished, Render } from "../../src/studio/api-render.ts";
import type { CheckResult, Names, SceneSummary } from "../../src/studio/api-scene.ts";
import { type Listening, openStudio, smallScene, type TestStudio } from "../helpers/studio.ts";

let studio: TestStudio;
let page: Listening;

beforeAll(async () => {
  studio = await openStudio();
  page = await studio.listen("page");
});

afterAll(async () => {
  page.close();
  await studio.close();
});

const film = smallScene.replace("duration: 1s", "duration: 10s");

async function ask(
  text: string,
  frame: number,
  kind: LookEvent["kind"] = "dream",
  client = "page",
): Promise<string> {
  const body = { client, path: "small.yaml", text, frame, kind, width: 64 };
  return (await studio.call<Started>("POST", "/api/look", body)).id;
}

/** A look to its end, with its pictures. */
async function look(
  ...asked: Parameters<typeof ask>
): Promise<{ end: LookEvent; pictures: LookEvent[] }> {
  const id = await ask(...asked);
  const end = await page.wait("look", (event) => event.id === id && event.done);
  const all = page.events.filter(
    (event): event is LookEvent => event.type === "look" && event.id === id,
  );
  return { end, pictures: all.filter(({ url }) => url !== undefined) };
}

async function pixels(url: string): Promise<Buffer> {
  const { headers, body } = await studio.send(url);
  expect(headers["content-type"]).toBe("image/jpeg");
  expect(headers["cache-control"]).toContain("immutable");
  return sharp(body).raw().toBuffer();
}

function meanDifference(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

test("a look shows each octave, then the frame, and says that it is exact", async () => {
  const { end, pictures } = await look(film, 0);
  expect(pictures.map(({ octave, octaves }) => [octave, octaves])).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(end).toMatchObject({ exact: true, frame: 0, kind: "dream" });
  expect(end.from).toBeUndefined();
  const [first, last] = await Promise.all(pictures.map(({ url }) => pixels(url!)));
  const source = await pixels((await look(film, 0, "source")).pictures[0]!.url!);
  expect(meanDifference(first!, source)).toBeGreaterThan(0.5);
  expect(meanDifference(last!, first!)).toBeGreaterThan(0.5);
});

/** Takes long enough to be stopped. */
const slow = film.replace("64x48", "640x480").replace("[1, 1]", "[40, 40]");

test("a look that is asked to shows its source before it dreams", async () => {
  const body = {
    client: "page",
    path: "small.yaml",
    text: slow,
    frame: 0,
    kind: "dream",
    width: 640,
  };
  const { id } = await studio.call<Started>("POST", "/api/look", { ...body, sourceFirst: true });
  const first = await page.wait("look", (event) => event.id === id && event.url !== undefined);
  await studio.call("POST", "/api/stop", { client: "page", what: "look" });
  expect(first).toMatchObject({ kind: "dream", octave: 0, octaves: 0, done: false });
  const before = page.events.length;
  const again = await studio.call<Started>("POST", "/api/look", { ...body, kind: "source" });
  const source = await page.wait("look", (event) => event.id === again.id && Boolean(event.url));
  expect(meanDifference(await pixels(first.url!), await pixels(source.url!))).toBe(0);
  const late = page.events.slice(before).filter((event) => event.type === "look");
  expect(late.some((event) => event.id === id)).toBe(false);
});

test("the movement is stopped alone, and late frames of a photo have moved", async () => {
  const body = { client: "page", path: "small.yaml", text: slow, width: 640 };
  const frames = (of: string): MotionEvent[] =>
    page.events.flatMap((event) => (event.type === "motion" && event.id === of ? [event] : []));
  const all = await studio.call<Started>("POST", "/api/motion", { ...body, frames: [0, 60] });
  await page.wait("motion", (event) => event.id === all.id);
  await studio.call("POST", "/api/stop", { client: "page", what: "motion" });
  const late = await studio.call<Started>("POST", "/api/motion", { ...body, frames: [60, 60] });
  const end = await page.wait("motion", (event) => event.id === late.id && event.url !== undefined);
  expect(frames(all.id).some(({ done }) => done)).toBe(false);
  // At 1.5 times a second and 8 frames a second, frame 60 has come 20 times closer: noise is large and smooth.
  const start = (await look(slow, 0, "source")).pictures[0]!;
  expect(await roughness(end.url!)).toBeLessThan(0.5 * (await roughness(start.url!)));
});

/** Mean difference of neighbours in a picture. */
async function roughness(url: string): Promise<number> {
  const { data, info } = await sharp((await studio.send(url)).body)
    .resize(64, 48, { kernel: "nearest" })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  let sum = 0;
  for (let i = 1; i < data.length; i++)
    if (i % info.width !== 0) sum += Math.abs(data[i]! - data[i - 1]!);
  return sum / data.length;
}

test("a frame late in a film that feeds back begins at the source, and says so; the next one goes on from it", async () => {
  const { end, pictures } = await look(film, 60);
  expect(end).toMatchObject({ exact: false, from: "source" });
  expect(pictures.length).toBeGreaterThan(10);
  const next = await look(film, 61);
  expect(next.end).toMatchObject({ exact: false, from: "source" });
  expect(next.pictures.at(-1)!.octaves).toBe(2);
  // A frame that was looked at is there at once.
  expect((await look(film, 61)).pictures).toHaveLength(1);
});

test("a knob on a sketch shows at once what it does to the picture at hand", async () => {
  const strong = film.replace("seed: 3", "seed: 8");
  const before = (await look(strong, 70)).pictures;
  const { pictures, end } = await look(`${strong}color: { saturation: 0.2 }\n`, 70);
  expect(end).toMatchObject({ exact: false, from: "source" });
  const [moved, old] = await Promise.all(
    [before[0]!, before.at(-1)!].map(({ url }) => pixels(url!)),
  );
  const [first, second, last] = await Promise.all(
    [pictures[0]!, pictures[5]!, pictures.at(-1)!].map(({ url }) => pixels(url!)),
  );
  // It does not begin at the undreamed source again, and stays until the frames before are dreamed anew.
  expect(meanDifference(first!, old!)).toBeLessThan(0.6 * meanDifference(moved!, old!));
  expect(meanDifference(first!, old!)).toBeGreaterThan(0);
  expect(meanDifference(second!, first!)).toBe(0);
  expect(meanDifference(last!, first!)).toBeGreaterThan(0);
});

test("the sketch of a far frame has moved as the film has by then: at zoom 2 it shows the centre twice as large", async () => {
  // A white square of 24 px in the middle, hardly dreamed.
  const square = await sharp({
    create: { width: 96, height: 72, channels: 3, background: "black" },
  })
    .composite([
      {
        input: { create: { width: 24, height: 24, channels: 3, background: "white" } },
        left: 36,
        top: 24,
      },
    ])
    .png()
    .toBuffer();
  await writeFile(join(studio.folder, "square.png"), square);
  const text = film
    .replace("{ noise: { seed: 3 } }", "square.png")
    .replace("size: 64x48, fps: 8", "size: 96x72, fps: 24")
    .replace("zoom: 1.5", "zoom: 2")
    .replace("octaves: 2", "octaves: 1\n  stepSize: 0.1");
  const { end, pictures } = await look(text, 24);
  expect(end).toMatchObject({ exact: false, from: "source" });
  const { data, info } = await sharp((await studio.send(pictures.at(-1)!.url!)).body)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const middle = data.subarray((info.height / 2) * info.width, (info.height / 2 + 1) * info.width);
  const edges = [
    middle.findIndex((value) => value > 90),
    middle.findLastIndex((value) => value > 90),
  ];
  const share = (edges[1]! - edges[0]! + 1) / info.width;
  expect(share / (24 / 96)).toBeGreaterThan(1.75);
  expect(share / (24 / 96)).toBeLessThan(2.25);
});

test("a frame near the start is dreamed exactly, whatever was looked at before", async () => {
  await look(film.replace("seed: 3", "seed: 4"), 14);
  const { end } = await look(film.replace("seed: 3", "seed: 4"), 10);
  expect(end).toMatchObject({ exact: true });
  expect(end.from).toBeUndefined();
});

test("a look goes on from the frames of a render, if they are near", async () => {
  const text = film.replace("seed: 3", "seed: 6").replace("duration: 10s", "duration: 5s");
  await writeFile(join(studio.folder, "rendered.yaml"), text.replace("small.mp4", "rendered.mp4"));
  const { id } = await studio.call<Render>("POST", "/api/renders", { path: "rendered.yaml" });
  await page.wait("render", ({ renders }) =>
    renders.some((one) => one.id === id && one.framesDone > 24),
  );
  await studio.call("POST", `/api/renders/${id}/pause`);
  const body = { client: "page", path: "rendered.yaml", frame: 26, kind: "dream", width: 64 };
  const now = await studio.call<SceneText>("GET", "/api/scene?path=rendered.yaml");
  const look = await studio.call<Started>("POST", "/api/look", { ...body, text: now.text });
  const end = await page.wait("look", (event) => event.id === look.id && event.done);
  expect(end).toMatchObject({ exact: true, from: "render" });
  const shown = page.events.findLast(
    (event) => event.type === "look" && event.id === look.id && event.url,
  );
  await studio.call("POST", `/api/renders/${id}/resume`);
  await page.wait("render", ({ renders }) =>
    renders.some((one) => one.id === id && one.state === "done"),
  );
  const { version } = await studio.call<Finished>("GET", "/api/finished?path=rendered.yaml");
  const frame = await pixels(`/api/frames?path=rendered.yaml&frame=26&version=${version}`);
  const source = await pixels((await lookAtSource(now.text)).url!);
  const dreamed = await pixels((shown as LookEvent).url!);
  expect(meanDifference(dreamed, frame)).toBeLessThan(0.2 * meanDifference(source, frame));
});

async function lookAtSource(text: string): Promise<LookEvent> {
  return (await look(text, 26, "source")).pictures[0]!;
}

test("the newest look wins, and the one before it ends without a last picture", async () => {
  const slow = film.replace("iterations: [1, 1]", "iterations: [400, 400]");
  const old = await ask(slow, 0);
  const { end } = await look(film.replace("seed: 3", "seed: 5"), 0);
  expect(end.error).toBeUndefined();
  const late = page.events.filter(
    (event) => event.type === "look" && event.id === old && event.done,
  );
  expect(late).toEqual([]);
  expect(end.milliseconds).toBeLessThan(10_000);
});

test("the source that is asked for while a slow look is under way comes before that ends", async () => {
  const slow = film
    .replace("iterations: [1, 1]", "iterations: [400, 400]")
    .replace("size: 64x48", "size: 320x240");
  const body = { client: "page", path: "small.yaml", text: slow, frame: 0, width: 320 };
  const dream = await studio.call<Started>("POST", "/api/look", { ...body, kind: "dream" });
  const source = await studio.call<Started>("POST", "/api/look", { ...body, kind: "source" });
  const end = await page.wait("look", ({ id, done }) => id === source.id && done);
  expect(end.error).toBeUndefined();
  const of = (id: string): LookEvent[] =>
    page.events.filter((event): event is LookEvent => event.type === "look" && event.id === id);
  expect(of(source.id).filter(({ url }) => url)).toHaveLength(1);
  expect(of(dream.id).some(({ done }) => done)).toBe(false);
  await studio.call("POST", "/api/stop", { client: "page" });
});

test("each page has its own look", async () => {
  const other = await studio.listen("other");
  const [mine, theirs] = await Promise.all([ask(film, 3), ask(film, 4, "dream", "other")]);
  await page.wait("look", (event) => event.id === mine && event.done);
  await other.wait("look", (event) => event.id === theirs && event.done);
  expect(other.events.some((event) => event.type === "look" && event.id === mine)).toBe(false);
  other.close();
});

test("a look at a scene with a problem tells it with its place", async () => {
  const { end } = await look(film.replace("zoom: 1.5", "zoom: fast"), 0);
  expect(end.error?.code).toBe("SCENE_INVALID");
  expect(end.problems?.[0]).toMatchObject({ path: ["motion", "zoom"], line: 9, column: 17 });
});

test("the movement plays without dreaming", async () => {
  const body = { client: "page", path: "small.yaml", text: film, frames: [4, 9], width: 64 };
  const { id } = await studio.call<Started>("POST", "/api/motion", body);
  await page.wait("motion", (event) => event.id === id && event.done);
  const frames = page.events.flatMap((event) =>
    event.type === "motion" && event.id === id && event.url ? [event] : [],
  );
  expect(frames.map(({ frame }) => frame)).toEqual([4, 5, 6, 7, 8, 9]);
  const [first, last] = [await pixels(frames[0]!.url!), await pixels(frames[5]!.url!)];
  expect(meanDifference(first, last)).toBeGreaterThan(1);
});

async function check(text: string): Promise<CheckResult> {
  return studio.call<CheckResult>("POST", "/api/check", { path: "small.yaml", text });
}

test("a check tells every problem in the words of the command line, with places", async () => {
  const { problems, scene } = await check(`${film}mix: 2\nlop: true\n`);
  expect(scene).toBeUndefined();
  expect(problems).toEqual([
    { path: ["mix"], line: 10, column: 6, message: "2 is out of range: it must be from 0 to 1" },
    expect.objectContaining({ path: ["lop"], line: 11, column: 1, hint: 'did you mean "loop"?' }),
  ]);
  // An open bracket makes the rest of the text unreadable: that is said once.
  const open = await check(film.replace("[1, 1]", "[1, 1"));
  expect(open.problems).toHaveLength(1);
  const missing = await check(film.replace("{ noise: { seed: 3 } }", "nothing.png"));
  expect(missing.problems[0]!.message).toContain("nothing.png");
});

test("a check tells what the scene says: length, values, curves and keys", async () => {
  const text = `${film}color: { saturation: "1 + 0.5 * sin(t)" }
timeline:
  - { at: 5s, ease: ease-in, motion: { zoom: 2.5 } }
`;
  const scene = (await check(text)).scene as SceneSummary;
  expect(scene).toMatchObject({
    frames: 80,
    fps: 8,
    durationSec: 10,
    size: { width: 64, height: 48 },
    network: "pocket",
    feedsBack: true,
  });
  const value = (path: string) => scene.values.find((one) => one.path.join(".") === path)!;
  const zoom = value("motion.zoom");
  expect(zoom).toMatchObject({ value: 1.5, written: true, animated: true, unit: "× / s" });
  expect(zoom.keys).toEqual([
    { timeSec: 0, value: 1.5, ease: "linear" },
    { timeSec: 5, value: 2.5, ease: "ease-in", entry: 0 },
  ]);
  expect(zoom.samples).toHaveLength(80);
  expect(zoom.samples![79]).toBe(2.5);
  expect(value("color.saturation")).toMatchObject({
    expression: "1 + 0.5 * sin(t)",
    animated: true,
  });
  expect(value("dream.layers.patterns1")).toMatchObject({
    written: true,
    animated: false,
    value: 1,
  });
  expect(value("dream.stepSize")).toMatchObject({ written: false, animated: false });
  expect(value("dream.stepSize").value).toBeGreaterThan(0);
  expect(value("mix")).toMatchObject({ written: false, value: 1, span: [0, 1] });
});

test("names of layers, channels and classes come from the scene's network", async () => {
  const names = await studio.call<Names>("GET", "/api/names?path=small.yaml");
  expect(names.layers.find(({ name }) => name === "patterns1")?.channels).toBeGreaterThan(8);
  expect(names.classes).toContain("goldfish");
  expect(names.easings).toContain("ease-in-out");
});

test("a channel's picture is dreamed once, and kept on the disk", async () => {
  const address = "/api/atlas?path=small.yaml&layer=patterns1&channel=3";
  const began = performance.now();
  const first = await studio.send(address);
  const took = performance.now() - began;
  expect([first.status, first.headers["content-type"]]).toEqual([200, "image/jpeg"]);
  const again = performance.now();
  expect((await studio.send(address)).body.equals(first.body)).toBe(true);
  expect(performance.now() - again).toBeLessThan(took);
  expect((await studio.send("/api/atlas?path=small.yaml&layer=nothing")).status).toBe(422);
});

test("a bundled picture of a layer does not wait for the picture at the playhead", async () => {
  await ask(film.replace("iterations: [1, 1]", "iterations: [300, 300]"), 0);
  const { status, headers } = await studio.send("/api/atlas?path=small.yaml&layer=edges");
  expect([status, headers["content-type"]]).toEqual([200, "image/jpeg"]);
  expect(await studio.call<Tiles>("GET", "/api/tiles?path=small.yaml")).not.toHaveProperty(
    "dreaming",
  );
  await studio.call("POST", "/api/stop", { client: "page" });
});

test("tiles say which is dreamed, and that they wait only while a picture is", async () => {
  const tiles = (): Promise<Tiles> => studio.call<Tiles>("GET", "/api/tiles?path=small.yaml");
  expect(await tiles()).toMatchObject({ isHeld: false });
  expect((await tiles()).dreamed).toContain("patterns1:3");
  await ask(film.replace("iterations: [1, 1]", "iterations: [300, 300]"), 0);
  const listening = await studio.listen("tiles");
  const sent = studio.send("/api/atlas?path=small.yaml&layer=patterns1&channel=4");
  await listening.wait("tiles", ({ isHeld }) => isHeld);
  expect(await tiles()).toMatchObject({ isHeld: true });
  expect((await tiles()).dreaming).toBeUndefined();
  await studio.call("POST", "/api/stop", { client: "page" });
  await listening.wait("tiles", ({ dreaming }) => dreaming === "patterns1:4");
  expect((await sent).status).toBe(200);
  const now = await tiles();
  expect(now).toMatchObject({ isHeld: false });
  expect(now.dreaming).toBeUndefined();
  expect(now.dreamed).toContain("patterns1:4");
  listening.close();
});

test("the server answers while it dreams", async () => {
  const id = await ask(film.replace("iterations: [1, 1]", "iterations: [300, 300]"), 0);
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const began = performance.now();
    await studio.send("/api/scene?path=small.yaml");
    times.push(performance.now() - began);
  }
  await studio.call("POST", "/api/stop", { client: "page" });
  expect(Math.min(...times)).toBeLessThan(200);
  expect(page.events.some((event) => event.type === "look" && event.id === id && event.done)).toBe(
    false,
  );
});
