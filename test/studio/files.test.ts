import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Created, SceneEntry, SceneText } from "../../src/studio/api.ts";
import type { SoundEvent } from "../../src/studio/api-events.ts";
import type { CheckResult } from "../../src/studio/api-scene.ts";
import { ffmpeg } from "../helpers/media.ts";
import { type Listening, openStudio, smallScene, type TestStudio } from "../helpers/studio.ts";

const media = join(import.meta.dirname, "../../scenes/media");
let studio: TestStudio;
let page: Listening;

beforeAll(async () => {
  studio = await openStudio({ page: join(import.meta.dirname, "../../scenes") });
  page = await studio.listen("page");
});

afterAll(async () => {
  page.close();
  await studio.close();
});

const read = (path = "small.yaml"): Promise<SceneText> =>
  studio.call<SceneText>("GET", `/api/scene?path=${path}`);

test("scenes are listed with what their text says, and other YAML is not", async () => {
  await mkdir(join(studio.folder, "deeper"));
  await writeFile(
    join(studio.folder, "deeper/broken.yaml"),
    "source: { noise: {} }\nnonsense: 1\nmix: 9\n",
  );
  await writeFile(join(studio.folder, "other.yaml"), "name: workflow\non: push\n");
  await mkdir(join(studio.folder, "node_modules"));
  await writeFile(join(studio.folder, "node_modules/hidden.yaml"), smallScene);
  const scenes = await studio.call<SceneEntry[]>("GET", "/api/scenes");
  const found = Object.fromEntries(scenes.map((entry) => [entry.path, entry]));
  expect(Object.keys(found).sort()).toEqual(["deeper/broken.yaml", "small.yaml"]);
  expect(found["small.yaml"]).toMatchObject({
    kind: "noise",
    fps: 8,
    durationSec: 1,
    size: { width: 64, height: 48 },
    problems: 0,
  });
  expect(found["deeper/broken.yaml"]).toMatchObject({ kind: "unknown", problems: 2 });
});

test("a scene is saved only over the version that it was made from", async () => {
  const { text, version } = await read();
  const saved = await studio.call<{ version: string }>("PUT", "/api/scene?path=small.yaml", {
    text: `${text}# mine\n`,
    base: version,
  });
  expect(saved.version).not.toBe(version);
  const answer = await studio.send("/api/scene?path=small.yaml", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "lost", base: version }),
  });
  expect(answer.status).toBe(409);
  expect(answer.json()).toEqual({
    path: "small.yaml",
    text: `${text}# mine\n`,
    version: saved.version,
  });
  expect(await readFile(join(studio.folder, "small.yaml"), "utf8")).toBe(`${text}# mine\n`);
});

test("of two pages that save at once, one is told that the other was first", async () => {
  const { version } = await read();
  const answers = await Promise.all(
    ["# one\n", "# two\n"].map((mark) =>
      studio.send("/api/scene?path=small.yaml", {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: smallScene + mark, base: version }),
      }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test("pages are told of files that another program writes, replaces and removes", async () => {
  const file = join(studio.folder, "small.yaml");
  const told = (fits: (version: string | undefined) => boolean) =>
    page.wait("file", ({ path, version }) => path === "small.yaml" && fits(version));
  await writeFile(file, `${smallScene}# theirs\n`);
  const { version } = await read();
  await told((one) => one === version);
  // Many editors write another file and rename it.
  await writeFile(`${file}~`, `${smallScene}# renamed\n`);
  await rename(`${file}~`, file);
  const renamed = (await read()).version;
  await told((one) => one === renamed);
  await rm(file);
  await told((one) => one === undefined);
  await mkdir(join(studio.folder, "new"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await writeFile(join(studio.folder, "new/late.yaml"), smallScene);
  await page.wait("file", ({ path }) => path === "new/late.yaml");
  await writeFile(file, smallScene);
});

async function drop(name: string): Promise<string> {
  const body = await readFile(name === "clip.mp4" ? await makeClip() : join(media, name));
  const answer = await studio.send(`/api/files?name=${name}`, { method: "POST", body });
  return answer.json<Created>().path;
}

async function makeClip(): Promise<string> {
  const file = join(studio.folder, "..", `studio-clip-${process.pid}.mp4`);
  await ffmpeg("-f", "lavfi", "-i", "testsrc=size=64x48:rate=12:duration=2", "-y", file);
  return file;
}

test.each([
  ["zoom", undefined],
  ["zoom", "cat.jpg"],
  ["clip", "clip.mp4"],
  ["layers", "pulse.m4a"],
  ["layers", undefined],
] as const)("the template %s makes a valid scene of %s", async (template, file) => {
  const request = {
    template,
    name: `My ${template}: "first"`,
    ...(file ? { media: await drop(file) } : {}),
  };
  const { path } = await studio.call<Created>("POST", "/api/scenes", request);
  const second = await studio.call<Created>("POST", "/api/scenes", request);
  expect(second.path).not.toBe(path);
  const { text } = await read(path);
  const { problems, scene } = await studio.call<CheckResult>("POST", "/api/check", { path, text });
  expect(problems).toEqual([]);
  expect(scene!.frames).toBeGreaterThan(20);
  expect(scene!.title).toBe(`My ${template}: "first"`);
});

test("the sound of a scene comes with its waveform and the beats that the scene counts", async () => {
  await drop("pulse.m4a");
  const text = `${smallScene.replace("duration: 1s", "duration: 4s")}audio: { file: pulse.m4a, bpm: 120, offset: 250ms }\n`;
  await studio.call("POST", "/api/check", { path: "small.yaml", text });
  const event: SoundEvent = await page.wait("sound", ({ path }) => path === "small.yaml");
  expect(event.text).toBe(text);
  const sound = event.sound!;
  expect(sound).toMatchObject({ bpm: 120, beatsPerBar: 4, startSec: 0 });
  expect(sound.beats).toEqual([0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75]);
  expect(Math.max(...sound.peaks)).toBeGreaterThan(0.1);
  expect(sound.peaks.length % 2).toBe(0);
  const part = await studio.send(sound.url!, { headers: { range: "bytes=0-99" } });
  expect([part.status, part.body.length, part.headers["content-type"]]).toEqual([
    206,
    100,
    "audio/mp4",
  ]);
  // The second check knows it.
  // A notice of the new file, which comes late, makes it be heard anew.
  const again = (): Promise<CheckResult> =>
    studio.call<CheckResult>("POST", "/api/check", { path: "small.yaml", text });
  await expect.poll(async () => (await again()).scene!.sound).toEqual(sound);
});

test("a thumbnail is the source until the scene has been dreamed", async () => {
  await writeFile(join(studio.folder, "thumb.yaml"), smallScene);
  const address = async (): Promise<string> =>
    (await studio.call<SceneEntry[]>("GET", "/api/scenes")).find(
      ({ path }) => path === "thumb.yaml",
    )!.thumbnail!;
  const first = await address();
  const source = await studio.send(first);
  expect(source.headers["cache-control"]).toBe("no-store");
  await page.wait("thumbnail", ({ path }) => path === "thumb.yaml");
  const second = await address();
  expect(second).not.toBe(first);
  const dreamed = await studio.send(second);
  expect(dreamed.headers["cache-control"]).toContain("immutable");
  expect(dreamed.body.equals(source.body)).toBe(false);
  expect(await sharp(dreamed.body).metadata()).toMatchObject({
    width: 64,
    height: 48,
    format: "jpeg",
  });
});

test("the page's files are given out with their types, and its views lead to the page", async () => {
  const picture = await studio.send("/media/cat.jpg");
  expect([picture.status, picture.headers["content-type"]]).toEqual([200, "image/jpeg"]);
  expect((await studio.send("/missing.js")).status).toBe(404);
});
