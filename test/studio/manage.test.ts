/** Scenes are renamed, copied, deleted and got back; clips have a length and a picture. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import type {
  Created,
  Deleted,
  MediaEntry,
  Renamed,
  SceneEntry,
  SceneText,
} from "../../src/studio/api.ts";
import type { Render } from "../../src/studio/api-render.ts";
import { ffmpeg } from "../helpers/media.ts";
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

const place = (path: string): string => join(studio.folder, path);
const post = <T>(what: string, body: unknown): Promise<T> =>
  studio.call<T>("POST", `/api/scenes/${what}`, body);
const read = async (path: string): Promise<Record<string, never>> =>
  parse((await studio.call<SceneText>("GET", `/api/scene?path=${path}`)).text);

test("a scene is renamed with its title, and its text keeps its comments", async () => {
  await mkdir(place("deep"));
  await writeFile(place("deep/one.yaml"), `# mine\ntitle: One\n${smallScene}`);
  const { path } = await post<Renamed>("rename", { path: "deep/one.yaml", name: "Dr. Who: two" });
  expect(path).toBe("deep/Dr-Who-two.yaml");
  expect(await readdir(place("deep"))).toEqual(["Dr-Who-two.yaml"]);
  const text = await readFile(place(path), "utf8");
  expect(text).toContain("# mine\n");
  expect(parse(text)).toMatchObject({ title: "Dr. Who: two", output: { file: "out/small.mp4" } });
});

test("a name that is taken is not written over", async () => {
  await writeFile(place("a.yaml"), smallScene);
  await writeFile(place("b.yaml"), `${smallScene}# b\n`);
  const { path } = await post<Renamed>("rename", { path: "b.yaml", name: "a" });
  expect(path).toBe("a-2.yaml");
  expect(await readFile(place("a.yaml"), "utf8")).toBe(smallScene);
  expect(await readFile(place("a-2.yaml"), "utf8")).toBe(`${smallScene}# b\n`);
});

test("a film that lies where the scene's name puts it is named by the renamed scene", async () => {
  await writeFile(place("plain.yaml"), smallScene.replace("file: out/small.mp4, ", ""));
  const film = join(process.cwd(), "out/plain.mp4.work");
  await mkdir(film, { recursive: true });
  try {
    const { path } = await post<Renamed>("rename", { path: "plain.yaml", name: "other" });
    const { output } = (await read(path)) as unknown as { output: { file: string } };
    expect(join(studio.folder, output.file)).toBe(join(process.cwd(), "out/plain.mp4"));
  } finally {
    await rm(film, { recursive: true });
  }
});

test("a copy has a name, a title and a film of its own", async () => {
  await writeFile(place("film.yaml"), `title: Film\n${smallScene}`);
  const first = await post<Created>("copy", { path: "film.yaml" });
  const second = await post<Created>("copy", { path: "film.yaml" });
  expect([first.path, second.path]).toEqual(["film-copy.yaml", "film-copy-2.yaml"]);
  expect(await read(first.path)).toMatchObject({
    title: "Film, copy",
    output: { file: "out/film-copy.mp4", size: "64x48" },
  });
  await writeFile(
    place("folder.yaml"),
    "output: out/frames/\nsource: { noise: {} }\nduration: 1s\n",
  );
  expect(await read((await post<Created>("copy", { path: "folder.yaml" })).path)).toMatchObject({
    output: "out/folder-copy/",
  });
  await writeFile(place("broken.yaml"), "source: { noise: {\n");
  const broken = await post<Created>("copy", { path: "broken.yaml" });
  expect(await readFile(place(broken.path), "utf8")).toBe("source: { noise: {\n");
});

test("a deleted scene lies in the trash and comes back; nothing else is touched", async () => {
  await mkdir(place("out"), { recursive: true });
  await writeFile(place("out/small.mp4"), "a film");
  await writeFile(place("clip.mp4"), "a clip");
  const deleted = await post<Deleted>("delete", { path: "film.yaml" });
  expect(await readFile(place(`.trash/${deleted.trash}`), "utf8")).toContain("title: Film");
  const list = await studio.call<SceneEntry[]>("GET", "/api/scenes");
  expect(list.map(({ path }) => path)).not.toContain("film.yaml");
  expect(await readFile(place("out/small.mp4"), "utf8")).toBe("a film");
  expect(await readFile(place("clip.mp4"), "utf8")).toBe("a clip");
  // Another file has taken its name meanwhile.
  await writeFile(place("film.yaml"), smallScene);
  const { path } = await post<Created>("restore", deleted);
  expect(path).toBe("film-2.yaml");
  expect(await readFile(place(path), "utf8")).toContain("title: Film");
  expect(await readdir(place(".trash"))).toEqual([]);
});

test("only scenes of the folder are managed", async () => {
  const refused = async (what: string, body: object): Promise<number> =>
    (
      await studio.send(`/api/scenes/${what}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).status;
  expect(await refused("delete", { path: "../x.yaml" })).toBe(403);
  expect(await refused("delete", { path: "clip.mp4" })).toBe(403);
  expect(await refused("rename", { path: "none.yaml", name: "x" })).toBe(404);
  expect(await refused("copy", { path: "/etc/passwd" })).toBe(403);
  expect(await refused("restore", { path: "x.yaml", trash: "../small.yaml" })).toBe(404);
  const deleted = await post<Deleted>("delete", { path: "film-2.yaml" });
  expect(await refused("restore", { ...deleted, path: "../../x.yaml" })).toBe(403);
  expect(await refused("restore", { ...deleted, path: "x.sh" })).toBe(403);
  await post("restore", deleted);
});

test("a scene that is being rendered stays; a paused render goes along with a new name", async () => {
  await writeFile(place("long.yaml"), smallScene.replace("1s", "60s").replace("small", "long"));
  const { id } = await studio.call<Render>("POST", "/api/renders", { path: "long.yaml" });
  await page.wait("render", ({ renders }) =>
    renders.some(({ path, state }) => path === "long.yaml" && state === "rendering"),
  );
  await expect(post("delete", { path: "long.yaml" })).rejects.toThrow("is being rendered");
  await studio.call("POST", `/api/renders/${id}/pause`);
  await expect
    .poll(() => post<Renamed>("rename", { path: "long.yaml", name: "longer" }).catch(() => null), {
      timeout: 20_000,
    })
    .toMatchObject({ path: "longer.yaml" });
  const renders = await studio.call<Render[]>("GET", "/api/renders");
  expect(renders.find((render) => render.id === id)).toMatchObject({
    path: "longer.yaml",
    state: "paused",
  });
});

test("a clip has its length and a picture, in the list of files and in that of scenes", async () => {
  const clip = place("three.mp4");
  await ffmpeg("-f", "lavfi", "-i", "testsrc=size=320x180:rate=10:duration=3", clip);
  await writeFile(place("three.yaml"), "source: { video: { file: three.mp4, start: 1s } }\n");
  const entry = async (): Promise<SceneEntry> =>
    (await studio.call<SceneEntry[]>("GET", "/api/scenes")).find(
      ({ path }) => path === "three.yaml",
    )!;
  expect((await entry()).durationSec).toBeUndefined();
  await page.wait("media");
  expect(await entry()).toMatchObject({
    durationSec: expect.closeTo(2, 6),
    fps: 10,
    size: { width: 320, height: 180 },
  });
  const files = await studio.call<MediaEntry[]>("GET", "/api/files");
  const file = files.find(({ path }) => path === "three.mp4")!;
  expect(file.durationSec).toBeCloseTo(3, 5);
  const { body, headers } = await studio.send(file.picture!);
  expect(headers["cache-control"]).toContain("immutable");
  const picture = sharp(body);
  expect(await picture.metadata()).toMatchObject({ width: 256, height: 144, format: "jpeg" });
  // It is no blank one.
  expect((await picture.stats()).channels[0]!.stdev).toBeGreaterThan(20);
  expect((await stat(clip)).size).toBeGreaterThan(500);
});
