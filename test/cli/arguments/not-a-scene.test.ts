import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadScene } from "../../../src/cli/arguments/arguments.ts";
import { DreamError } from "../../../src/errors.ts";
import { createFrame } from "../../../src/frame.ts";
import { writeImage } from "../../../src/image/image.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { ffmpeg, temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const picture = ["-f", "lavfi", "-i", "testsrc=size=32x24:rate=10:duration=1"];
  for (const name of ["clip.mp4", "my clip.webm", "moving.gif"]) await ffmpeg(...picture, at(name));
  await ffmpeg(...picture, "-f", "matroska", at("nameless"));
  for (const name of ["photo.jpg", "photo.png"]) await writeImage(createFrame(8, 8), at(name));
  for (const name of ["track.wav", "track.m4a"])
    await ffmpeg("-f", "lavfi", "-i", "anullsrc", "-t", "1", at(name));
  await writeFile(at("net.onnx"), Buffer.from([8, 9, 0x12, 0, 0x80, 0xff]));
});
afterAll(() => folder.remove());

async function refusal(name: string): Promise<DreamError> {
  const error = await loadScene(at(name)).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(DreamError);
  return error as DreamError;
}

describe("a file given instead of a scene that is", () => {
  test.each([
    ["clip.mp4", "a video", { source: { type: "video" } }],
    ["my clip.webm", "a video", { source: { type: "video" } }],
    ["moving.gif", "a video", { source: { type: "video" } }],
    ["nameless", "a video", { source: { type: "video" } }],
    ["photo.jpg", "a picture", { source: { type: "image" } }],
    ["photo.png", "a picture", { source: { type: "image" } }],
    ["track.wav", "a sound", { audio: { mux: true } }],
    ["track.m4a", "a sound", { audio: { mux: true } }],
    ["net.onnx", "a network", { model: {} }],
  ])("%s is reported as %s, with a scene that uses it", async (name, kind, uses) => {
    const { code, message, where, hint = "" } = await refusal(name);
    expect({ code, message, where }).toEqual({
      code: "SCENE_SYNTAX",
      message: `this is ${kind}, not a scene`,
      where: at(name),
    });
    const lines = hint.split("\n").filter((line) => line.startsWith("    "));
    const scene = parseScene(lines.join("\n").replace(/^ {4}/gm, ""), { path: at("x.yaml") });
    expect(scene).toMatchObject(uses);
    expect(JSON.stringify(scene)).toContain(JSON.stringify(at(name)).slice(1, -1));
  });

  test("another binary file is reported in one line", async () => {
    await writeFile(at("data.bin"), Buffer.from([0, 1, 2, 0xfe, 0]));
    expect(await refusal("data.bin")).toMatchObject({ message: expect.stringMatching(/binary/) });
    await writeFile(at("wide.yaml"), Buffer.from("\ufeffsource: { noise: {} }", "utf16le"));
    expect(await refusal("wide.yaml")).toMatchObject({ hint: "Save the scene as UTF-8." });
  });

  test("a text is read as a scene, whatever its name, also if a character crosses byte 4096", async () => {
    const text = "source: { noise: {} }\nduration: 1s\n#".padEnd(4095, "x");
    await writeFile(at("scene.mp4"), `${text}ä\n`);
    expect((await loadScene(at("scene.mp4"))).source.type).toBe("noise");
  });
});
