/** User errors: each gives one clear message and the right exit code, and leaves no files behind. */
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dreamreel } from "../helpers/command.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(at("text.mp4"), "this is a letter, not a film");
  await writeFile(at("nothing.mp4"), "");
  await writeFile(at("in-the-way"), "a file where a folder should be");
  await writeFile(at("letter.onnx"), "this is not a network");
  await ffmpeg("-f", "lavfi", "-i", "anullsrc", "-t", "1", at("sound.m4a"));
  // A clip without its picture data: only the header is left.
  await ffmpeg(
    ...["-f", "lavfi", "-i", "testsrc=size=32x24:rate=10:duration=1", "-frames:v", "0"],
    at("zero.mkv"),
  );
});
afterAll(() => folder.remove());

const noise = "source: { noise: {} }\nduration: 2f\noutput: { file: x.mp4, size: 32x24 }\n";
const over = (video: string): string => `source: { video: ${video} }\noutput: { file: x.mp4 }\n`;

interface Case {
  readonly name: string;
  readonly yaml: string;
  readonly exitCode: 1 | 2;
  readonly says: readonly RegExp[];
}

const cases: readonly Case[] = [
  {
    name: "a clip that does not exist",
    yaml: over("missing.mp4"),
    exitCode: 1,
    says: [/^FILE_NOT_FOUND/, /missing\.mp4/, /start at the scene file/],
  },
  {
    name: "a text that calls itself a video",
    yaml: over("text.mp4"),
    exitCode: 1,
    says: [/^NOT_A_VIDEO/, /text\.mp4/],
  },
  {
    name: "an empty file",
    yaml: over("nothing.mp4"),
    exitCode: 1,
    says: [/^NOT_A_VIDEO/, /empty/],
  },
  {
    name: "sound without pictures",
    yaml: over("sound.m4a"),
    exitCode: 1,
    says: [/^NOT_A_VIDEO/, /no video stream/],
  },
  {
    name: "a clip without frames",
    yaml: over("zero.mkv"),
    exitCode: 1,
    says: [/^(EMPTY_VIDEO|NOT_A_VIDEO)/, /zero\.mkv/],
  },
  {
    name: "a folder as a clip",
    yaml: over("."),
    exitCode: 1,
    says: [/^NOT_A_VIDEO/, /folder/],
  },
  {
    name: "an image that does not exist",
    yaml: "source: { image: no.png }\nduration: 1s\noutput: { file: x.mp4 }\n",
    exitCode: 1,
    says: [/^FILE_NOT_FOUND/, /no\.png/],
  },
  {
    name: "YAML that is none",
    yaml: "source: { noise: {\nduration: 2f\n",
    exitCode: 2,
    says: [/^SCENE_SYNTAX/, /scene\.yaml:\d+:\d+/],
  },
  {
    name: "unknown keys, all at once",
    yaml: `${noise}dreams: {}\nmotion: { zoomm: 2 }\n`,
    exitCode: 2,
    says: [/^SCENE_INVALID/, /:4:1/, /"dream"/, /:5:11/, /"zoom"/],
  },
  {
    name: "wrong types",
    yaml: `${noise}seed: [1]\nmotion: { zoom: fast }\n`,
    exitCode: 2,
    says: [/:4:7/, /:5:17/],
  },
  {
    name: "a layer that does not exist",
    yaml: `${noise}dream:\n  layers: { motifs33: 1 }\n`,
    exitCode: 2,
    says: [/^SCENE_UNKNOWN_LAYER/, /scene\.yaml:5:13/, /motifs3\b/, /dreamreel layers/],
  },
  {
    name: "a class that does not exist",
    yaml: `${noise}dream: { classes: { goldfsh: 1 } }\n`,
    exitCode: 2,
    says: [/^SCENE_UNKNOWN_CLASS/, /scene\.yaml:4:/, /goldfish/],
  },
  {
    name: "a size of nothing",
    yaml: noise.replace("32x24", "0x0"),
    exitCode: 2,
    says: [/^SCENE_INVALID/, /size/, /1\.\.16384|16384/],
  },
  {
    name: "a size beyond all memory",
    yaml: noise.replace("32x24", "100000x100000"),
    exitCode: 2,
    says: [/^SCENE_INVALID/, /size/, /16384/],
  },
  {
    name: "an output below a file",
    yaml: noise.replace("x.mp4", "in-the-way/x.mp4"),
    exitCode: 1,
    says: [/^OUTPUT_UNWRITABLE/, /in-the-way/],
  },
  {
    name: "an ending nobody knows",
    yaml: noise.replace("x.mp4", "x.mp5"),
    exitCode: 2,
    says: [/mp5/, /\.webm/],
  },
  {
    name: "a network that does not exist",
    yaml: `${noise}model: missing.onnx\n`,
    exitCode: 1,
    says: [/^MODEL_NOT_FOUND/, /missing\.onnx/],
  },
  {
    name: "a network that is a letter",
    yaml: `${noise}model: letter.onnx\n`,
    exitCode: 1,
    says: [/^MODEL_INVALID/, /letter\.onnx/],
  },
  {
    name: "a network unknown by name",
    yaml: `${noise}model: poket\n`,
    exitCode: 1,
    says: [/^MODEL_NOT_FOUND/, /pocket/],
  },
  {
    name: "a scene without a length",
    yaml: "source: { noise: {} }\n",
    exitCode: 2,
    says: [/no length/, /duration/],
  },
  {
    name: "a filter that reads files",
    yaml: "source: { lavfi: movie=x.mp4 }\nduration: 1s\noutput: { file: x.mp4 }\n",
    exitCode: 1,
    says: [/^FILTER_REFUSED/, /scene\.yaml:1:18/, /movie/],
  },
  {
    name: "an option ffmpeg does not have",
    yaml: "source: { lavfi: testsrc2=nosuch=1 }\nduration: 1s\noutput: { file: x.mp4 }\n",
    exitCode: 1,
    says: [/^FFMPEG_FAILED/, /nosuch/],
  },
];

describe("a scene with", () => {
  test.each(cases)("$name is refused with one clear error", async ({ yaml, exitCode, says }) => {
    await writeFile(at("scene.yaml"), yaml);
    const before = await readdir(folder.path);
    const outcome = await dreamreel(["render", at("scene.yaml"), "--quiet"]);
    for (const pattern of says) expect(outcome.stderr).toMatch(pattern);
    expect(outcome).toMatchObject({ exitCode, stdout: "" });
    expect(outcome.stderr).not.toMatch(/INTERNAL|\n +at /);
    expect(await readdir(folder.path)).toEqual(before);
  });
});

describe("the command line with", () => {
  test.each([
    ["no such scene", ["render", "nowhere.yaml"], 2, /^SCENE_NOT_FOUND: nowhere\.yaml/],
    ["no scene", ["render"], 2, /missing required argument 'scene'/],
    ["an unknown verb", ["rendr", "x"], 2, /unknown command 'rendr'/],
    ["an unknown option", ["render", "x", "--fast"], 2, /unknown option '--fast'/],
    ["an unknown engine", ["render", "ok.yaml", "--engine", "gpu"], 2, /--engine gpu.*webgpu/],
    ["an odd range", ["render", "ok.yaml", "--frames", "3"], 2, /--frames 3.*A\.\.B/],
    ["frames beyond the end", ["render", "ok.yaml", "--frames", "5..9"], 2, /frames 0 to 1/],
    ["an override of nothing", ["render", "ok.yaml", "--set", "motion.zom=1"], 2, /--set.*"zoom"/s],
    [
      "a clip instead of a scene",
      ["render", "zero.mkv"],
      2,
      /^SCENE_SYNTAX: zero\.mkv: this is a video, not a scene\n.*zero\.yaml/,
    ],
    [
      "a folder instead of a scene",
      ["check", "."],
      1,
      /^NOT_A_FILE: \.: this is a folder, not a scene/,
    ],
    [
      "a clip instead of an override",
      ["render", "ok.yaml", "--set", "a.mp4"],
      2,
      /^USAGE: --set a\.mp4: .*\n.*source: \{ video: a\.mp4 \}/,
    ],
    [
      "a picture instead of layers",
      ["dream", "a.png", "-o", "b.png", "--layers", "c.png"],
      2,
      /^USAGE.*c\.png: this is a file/,
    ],
    ["a picture instead of a network", ["layers", "c.png"], 2, /^USAGE.*c\.png: this is a file/],
    [
      "a sound instead of frames",
      ["render", "ok.yaml", "--frames", "a.wav"],
      2,
      /^USAGE.*\n.*audio: a\.wav/,
    ],
    ["an invalid picture", ["dream", "text.mp4", "-o", "x.png"], 1, /^NOT_AN_IMAGE/],
    ["a missing picture", ["classify", "no.png"], 1, /^FILE_NOT_FOUND/],
  ])("%s is refused", async (_, args, exitCode, says) => {
    await writeFile(at("ok.yaml"), noise);
    const before = await readdir(folder.path);
    const outcome = await dreamreel(args, { cwd: folder.path });
    expect(outcome.stderr).toMatch(says);
    expect(outcome.exitCode).toBe(exitCode);
    expect(await readdir(folder.path)).toEqual(before);
  });

  test("an FFMPEG_PATH without an ffmpeg is reported", async () => {
    await writeFile(at("ok.yaml"), noise);
    const env = { FFMPEG_PATH: at("nowhere") };
    const outcome = await dreamreel(["render", at("ok.yaml")], { env });
    expect(outcome.stderr).toMatch(/^FFMPEG_NOT_FOUND.*nowhere/);
    expect(outcome.exitCode).toBe(1);
  });

  // Root may write anywhere.
  test.skipIf(process.getuid?.() === 0)("a read-only folder is reported", async () => {
    await mkdir(at("locked"));
    await chmod(at("locked"), 0o500);
    await writeFile(at("ok.yaml"), noise.replace("x.mp4", "locked/x.mp4"));
    const outcome = await dreamreel(["render", at("ok.yaml")]);
    expect(outcome.stderr).toMatch(/^OUTPUT_UNWRITABLE/);
    expect(outcome.exitCode).toBe(1);
  });
});
