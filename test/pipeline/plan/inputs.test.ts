/** The inputs of a scene are checked before the first frame, opened when needed, and closed after use. */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import { writeImage } from "../../../src/image/image.ts";
import { dreamFilm } from "../../../src/pipeline/frames/film.ts";
import { stepTools } from "../../../src/pipeline/frames/step-tools.ts";
import { prepareRender } from "../../../src/pipeline/plan/prepare.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { findFfmpeg } from "../../../src/video/ffmpeg.ts";
import { openSource } from "../../../src/video/source.ts";
import { dreamreel } from "../../helpers/command.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  // Long enough that ffmpeg blocks until its frames are read.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=8", "-c:v", "mpeg4"],
    at("clip.mkv"),
  );
  await writeImage(randomFrame(1, 24, 32), at("photo.png"));
  await writeFile(at("own.onnx"), writeOnnx(tinyNetwork(1).graph));
});
afterAll(() => folder.remove());

const quick = "dream: { layers: { edges: 1 }, octaves: 1, iterations: 0 }";

/** Where `name` is written in a text. */
function placeOf(text: string, name: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(name)).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

describe("a missing file", () => {
  const clip = "source: { video: clip.mkv }\n";
  test.each([
    ["none.mkv", ["source"], "source: none.mkv"],
    ["none.mkv", ["source", "video"], "title: x\nsource: { video: none.mkv }"],
    ["none.mkv", ["source", "video", "file"], "source: { video: { file: none.mkv } }"],
    ["none.png", ["source", "image"], "source: { image: none.png }"],
    ["none/", ["source", "frames"], "source: { frames: none/ }"],
    ["none/%d.png", ["source"], "source: none/%d.png"],
    ["none.png", ["dream", "guide", "image"], `${clip}dream: { guide: { image: none.png } }`],
    ["none.mkv", ["dream", "guide", "video"], `${clip}dream: { guide: { video: none.mkv } }`],
    ["none.png", ["matte", "image"], `${clip}matte: { image: none.png }`],
    ["none.mkv", ["matte"], `${clip}matte: none.mkv`],
    // The guide is a video that exists; the matte is missing.
    ["none.mkv", ["matte"], `${clip}matte: none.mkv\ndream: { guide: { video: clip.mkv } }`],
    ["none.png", ["color", "match"], `${clip}color: { match: none.png }`],
    ["none.png", ["color", "match", "image"], `${clip}color: { match: { image: none.png } }`],
    ["none.wav", ["audio"], `${clip}audio: none.wav`],
    ["none.wav", ["audio", "file"], `${clip}audio: { file: none.wav, bpm: auto }`],
    ["none.onnx", ["model"], `${clip}model: none.onnx`],
    ["none.onnx", ["model", "file"], `${clip}model: { file: none.onnx }`],
    ["none.txt", ["model", "labels"], `${clip}model: { file: own.onnx, labels: none.txt }`],
    [
      "none.npy",
      ["dream", "layers", "edges", "file"],
      `${clip}dream: { layers: { edges: { objective: direction, file: none.npy } } }`,
    ],
    [
      "none.mkv",
      ["shots", 1, "source", "video"],
      `${clip}shots: [{ duration: 1s }, { source: { video: none.mkv } }]`,
    ],
    [
      "none.mkv",
      ["matte", "video"],
      `${clip}matte: { video: none.mkv }\nshots: [{ duration: 1s }]`,
    ],
  ])(
    "is an error at its place in the scene before anything is dreamed: %s at %j",
    async (name, path, yaml) => {
      const scene = parseScene(yaml, { path: at("scene.yaml") });
      const { line, column } = placeOf(yaml, name);
      await expect(prepareRender(scene, { engine: "cpu" })).rejects.toMatchObject({
        code: name === "none.onnx" ? "MODEL_NOT_FOUND" : "FILE_NOT_FOUND",
        message: expect.stringContaining(at(name.replace(/\/$/, ""))),
        where: `${at("scene.yaml")}:${line}:${column}`,
        problems: [{ path, line, column }],
      });
    },
  );

  test("is an error at its path where an override names it", async () => {
    const set = ["source.video=none.mkv"];
    const scene = parseScene("title: x", { path: at("scene.yaml"), set });
    await expect(prepareRender(scene, { engine: "cpu" })).rejects.toMatchObject({
      code: "FILE_NOT_FOUND",
      where: at("none.mkv"),
      problems: [{ path: ["source", "video"] }],
    });
  });

  test("ends the command with its error", async () => {
    await writeFile(at("scene.yaml"), "source: { video: clip.mkv }\nmatte: { video: none.mkv }\n");
    const { exitCode, stderr } = await dreamreel(["render", at("scene.yaml"), "--quiet"], {
      timeout: 100_000,
    });
    expect(stderr).toMatch(
      /^FILE_NOT_FOUND: .*scene\.yaml:2:17: .*none\.mkv: there is no such video/,
    );
    expect(exitCode).toBe(1);
  });
});

test("notices about a shot's source, guide and matte are reported once each", async () => {
  const hdr = ["-vf", "format=yuv420p10le,setparams=color_trc=arib-std-b67", "-c:v", "ffv1"];
  const tags = ["-colorspace", "bt2020nc", "-color_primaries", "bt2020"];
  for (const name of ["source", "guide", "matte"])
    await ffmpeg(
      ...["-f", "lavfi", "-i", "testsrc2=size=32x24:rate=8:duration=1", ...hdr, ...tags],
      ...["-color_trc", "arib-std-b67", at(`${name}-hdr.mkv`)],
    );
  const shot =
    "{ source: { video: source-hdr.mkv }, matte: { video: matte-hdr.mkv }, dream: { guide: { video: guide-hdr.mkv } } }";
  const scene = parseScene(`shots:\n  - ${shot}\n  - ${shot}`, { path: at("scene.yaml") });
  const notices: string[] = [];
  const prepared = await prepareRender(scene, {
    engine: "cpu",
    onNotice: (notice) => notices.push(notice),
  });
  await prepared.dispose();
  const told = notices.filter((notice) => /HLG/.test(notice)).map((notice) => notice.split(":")[0]);
  expect(told.sort()).toEqual(["guide-hdr.mkv", "matte-hdr.mkv", "source-hdr.mkv"]);
});

describe("a source", () => {
  test("that was only opened need not be closed, and one that was closed can be read again", async () => {
    const { path } = folder;
    const picture = await openSource({ type: "image", file: join(path, "photo.png") });
    const first = await picture.next();
    expect(await picture.next()).toBe(first);
    await picture.close();
    expect((await picture.next())!.data).toEqual(first!.data);
    const clip = await openSource({ type: "video", file: at("clip.mkv"), audio: "drop" });
    expect(clip.frameCount).toBe(200);
    await clip.close();
  });
});

describe.runIf(process.platform === "linux")("many clips", () => {
  test("are decoded one after the other: no ffmpeg runs before its shot or after it", async () => {
    const { ffmpeg: program } = await findFfmpeg();
    const script = `#!/bin/sh\necho $$ >> '${at("started")}'\nexec '${program}' "$@"\n`;
    await writeFile(at("ffmpeg-counted"), script, { mode: 0o755 });
    const running = async (): Promise<number> => {
      const text = await readFile(at("started"), "utf8").catch(() => "");
      return text.split("\n").filter((pid) => pid !== "" && existsSync(`/proc/${pid}`)).length;
    };
    const shots = Array.from(
      { length: 12 },
      (_, i) =>
        `  - { source: { video: { file: clip.mkv, audio: drop } }, duration: 3f${i % 2 ? ", transition: { crossfade: 1f }" : ""} }\n`,
    );
    const text = `shots:\n${shots.join("")}output: { size: 32x24 }\n${quick}`;
    const before = process.env.FFMPEG_PATH;
    process.env.FFMPEG_PATH = at("ffmpeg-counted");
    try {
      const scene = parseScene(text, { path: at("scene.yaml") });
      const prepared = await prepareRender(scene, { engine: "cpu" });
      expect(await running()).toBe(0);
      const counts: number[] = [];
      const tools = stepTools(prepared.engine, prepared.plan, {});
      for await (const frame of dreamFilm(prepared, tools, {}))
        if (frame) counts.push(await running());
      expect(counts).toHaveLength(12 * 3 - 6);
      expect(Math.max(...counts)).toBeLessThanOrEqual(2);
      expect(Math.max(...counts)).toBeGreaterThan(0);
      expect(await running()).toBe(0);
      await prepared.dispose();
    } finally {
      if (before === undefined) delete process.env.FFMPEG_PATH;
      else process.env.FFMPEG_PATH = before;
    }
  });
});
