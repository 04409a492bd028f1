import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeFlo } from "../../src/flow/flo-file.ts";
import { readImage, writeImage } from "../../src/image/image.ts";
import { probeVideo } from "../../src/video/probe.ts";
import { commandArguments, dreamreel } from "../helpers/command.ts";
import { temporaryFolder } from "../helpers/media.ts";
import { randomFrame } from "../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

const scene = `source: { noise: {} }
output: { file: dream.mp4, size: 32x24, fps: 8 }
duration: 4f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1 }
`;

beforeAll(async () => {
  folder = await temporaryFolder();
  const { writeFile } = await import("node:fs/promises");
  await writeFile(at("scene.yaml"), scene);
  await writeFile(at("long.yaml"), scene.replace("4f", "100000f"));
  await writeImage(randomFrame(1, 24, 32), at("photo.png"));
});
afterAll(() => folder.remove());

const verbs = [
  "render",
  "farm",
  "dream",
  "atlas",
  "check",
  "layers",
  "classify",
  "flow",
  "models",
  "doctor",
  "schema",
];

describe("dreamreel", () => {
  test("lists its commands, and each has help with an example", async () => {
    const { stdout, exitCode } = await dreamreel(["--help"]);
    expect(exitCode).toBe(0);
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, "m"));
    const helps = await Promise.all(
      verbs.map((verb) =>
        dreamreel(verb === "models" ? [verb, "list", "--help"] : [verb, "--help"]),
      ),
    );
    for (const help of helps) {
      expect(help.exitCode).toBe(0);
      expect(help.stdout).toMatch(/Example:\n {2}dreamreel /);
    }
  });

  test("prints its version", async () => {
    const { version } = JSON.parse(
      await readFile(join(import.meta.dirname, "../../package.json"), "utf8"),
    );
    expect((await dreamreel(["--version"])).stdout).toBe(version);
  });
});

describe("render", () => {
  test("writes the video, prints the result to stdout and progress to stderr", async () => {
    const { exitCode, stdout, stderr } = await dreamreel(["render", at("scene.yaml")]);
    expect(stderr).toMatch(/frame 4\/4 {2}100 % .* s\/frame/);
    expect(stdout).toMatch(/dream\.mp4 {2}4 frames in /);
    expect(exitCode).toBe(0);
    expect(await probeVideo(at("dream.mp4"))).toMatchObject({
      width: 32,
      height: 24,
      frameCount: 4,
    });
  });

  test("accepts overrides, a range of frames and another output", async () => {
    const { exitCode, stdout } = await dreamreel(
      ["render", "scene.yaml", "--set", "output.size=16x12", "--frames", "1..2", "-o", "few.mp4"],
      { cwd: folder.path },
    );
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/2 frames/),
    });
    expect(await probeVideo(at("few.mp4"))).toMatchObject({ width: 16, height: 12, frameCount: 2 });
  });

  test("numbers the frames of a part as in the whole, and reports the additional frames that it dreams", async () => {
    const args = ["render", at("scene.yaml"), "--frames", "2..3", "-o", `${at("part")}/`];
    const { stdout, stderr } = await dreamreel(args);
    expect(await readdir(at("part"))).toEqual(["00002.png", "00003.png"]);
    expect(stderr).toMatch(/4 frames are dreamed for 2/);
    expect(stderr).toMatch(/frame 4\/4/);
    expect(stdout).toMatch(/2 frames in .*, 4 dreamed/);
  });

  test("prints JSON with --json, and nothing with --quiet", async () => {
    const { stdout, stderr } = await dreamreel([
      ...["render", at("scene.yaml"), "-o", at("json.mp4"), "--json"],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ file: at("json.mp4"), frames: 4 });
    const lines = stderr.split("\n").map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ progress: { done: 4, total: 4 } });
    const quiet = await dreamreel([
      ...["render", at("scene.yaml"), "-o", at("quiet.mp4"), "--quiet"],
    ]);
    expect(quiet).toMatchObject({ exitCode: 0, stderr: "" });
  });

  test("interrupted by Ctrl-C exits with 130 and leaves no output", async () => {
    const before = await readdir(folder.path);
    const child = spawn(
      process.execPath,
      commandArguments("render", at("long.yaml"), "-o", at("never.mp4"), "--json"),
    );
    await once(child.stderr, "data");
    child.kill("SIGINT");
    const [exitCode] = await once(child, "exit");
    expect(exitCode).toBe(130);
    const left = (await readdir(folder.path)).filter((name) => name !== "never.mp4.work");
    expect(left).toEqual(before);
  });
});

describe("the other commands", () => {
  test("dream writes one picture, and replaces none without --force", async () => {
    const args = [
      "dream",
      at("photo.png"),
      "-o",
      at("dreamed.png"),
      "--layers",
      "edges",
      "--set",
      "iterations=2",
    ];
    expect(await dreamreel(args)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/32x24/),
    });
    const [photo, dreamed] = await Promise.all([
      readImage(at("photo.png")),
      readImage(at("dreamed.png")),
    ]);
    expect({ width: dreamed.width, height: dreamed.height }).toEqual({ width: 32, height: 24 });
    expect(dreamed.data).not.toEqual(photo.data);
    const again = await dreamreel(args);
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^OUTPUT_EXISTS/) });
    expect(await dreamreel([...args, "--force"])).toMatchObject({ exitCode: 0 });
  });

  test("dream writes beside the picture by default, reports progress, and replaces none without --force", async () => {
    const args = ["dream", at("photo.png"), "--layers", "edges", "--set", "iterations=2"];
    const first = await dreamreel([...args, "--set", "octaves=1", "--json"]);
    expect(JSON.parse(first.stdout)).toMatchObject({ file: at("photo-dream.png") });
    expect(first.stderr.split("\n").map((line) => JSON.parse(line).progress)).toMatchObject([
      { done: 1, total: 2 },
      { done: 2, total: 2, secondsLeft: 0 },
    ]);
    expect(await dreamreel(args)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^OUTPUT_EXISTS.*\n.*-o.*--force/),
    });
    const kind = await dreamreel([...args, "-o", at("dream.mp4")]);
    expect(kind).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/must be a picture/) });
  });

  test("dream keeps a picture's colours, and accepts color and mix", async () => {
    const grey = randomFrame(3, 32, 32);
    const area = 32 * 32;
    grey.data.copyWithin(area, 0, area).copyWithin(2 * area, 0, area);
    await writeImage(grey, at("grey.png"));
    const dream = async (name: string, ...more: string[]): Promise<Float32Array> => {
      const fast = ["--layers", "edges", "--set", "octaves=1", "--set", "iterations=4"];
      const out = at(`new folder/${name}.png`);
      await dreamreel(["dream", at("grey.png"), "-o", out, ...fast, ...more]);
      return (await readImage(out)).data;
    };
    const colour = (data: Float32Array): number => {
      const means = [0, 1, 2].map(
        (c) => data.subarray(c * area, (c + 1) * area).reduce((a, b) => a + b) / area,
      );
      return Math.max(...means) - Math.min(...means);
    };
    const [held, free, none, half] = await Promise.all([
      dream("held"),
      dream("free", "--color", "off", "--set", "stepSize=8"),
      dream("none", "--mix", "0"),
      dream("half", "--set", "mix=0.5", "--set", "color.saturation=0"),
    ]);
    expect(colour(held!)).toBeLessThan(0.01);
    expect(colour(free!)).toBeGreaterThan(colour(held!));
    expect(none).toEqual((await readImage(at("grey.png"))).data);
    expect(half).not.toEqual(none);
  });

  test("atlas writes a sheet of all layers, and a page of one layer's channels", async () => {
    const fast = ["--tile", "32", "--set", "iterations=1", "--set", "octaves=1", "--quiet"];
    const sheet = await dreamreel(["atlas", "-o", at("sheet.png"), ...fast]);
    expect(sheet).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\b10 tiles/) });
    const page = await dreamreel(["atlas", "--layer", "edges", "-o", at("edges.html"), ...fast]);
    expect(page.stdout).toMatch(/\b48 tiles/);
    expect(await readFile(at("edges.html"), "utf8")).toMatch(/edges:47/);
    const wrong = await dreamreel(["atlas", "-o", at("sheet.pdf")]);
    expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/\.html/) });
    const again = await dreamreel(["atlas", "-o", at("sheet.png"), ...fast]);
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^OUTPUT_EXISTS/) });
    const own = await dreamreel(["atlas", "-o", at("own.png"), "--set", "layers.edges=1"]);
    expect(own).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--layer motifs3/) });
  });

  test("atlas interrupted by Ctrl-C exits with 130, and the same command resumes", async () => {
    const args = ["atlas", "--layer", "edges", "--tile", "32", "-o", at("late.png"), "--json"];
    const child = spawn(process.execPath, commandArguments(...args));
    await once(child.stderr, "data");
    child.kill("SIGINT");
    const [exitCode] = await once(child, "exit");
    expect(exitCode).toBe(130);
    const work = (await readdir(folder.path)).filter((name) => name.includes("late.png"));
    expect(work).toEqual([expect.stringMatching(/^\.late\.png\.atlas-/)]);
    expect((await readdir(at(work[0]!))).length).toBeGreaterThan(0);
    const { stdout } = await dreamreel(args);
    expect(JSON.parse(stdout)).toMatchObject({ tiles: 48 });
    expect((await readdir(folder.path)).filter((name) => name.includes("late.png"))).toEqual([
      "late.png",
    ]);
  });

  test("check prints the plan and writes nothing", async () => {
    const before = await readdir(folder.path);
    const { exitCode, stdout } = await dreamreel(["check", at("scene.yaml")]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/frames +4 at 8 frames\/s/);
    expect(stdout).toMatch(/time +about .* s per frame \(measured\)/);
    const set = ["--set", "dream.stepSize=5.204554", "--set", "dream.octaveScale=1.428571"];
    const long = await dreamreel(["check", at("scene.yaml"), ...set, "--at", "0s"]);
    expect(long.stdout).toMatch(/octaves 1 x 1\.43; .* step 5\.2\/255/);
    expect(long.stdout).toMatch(/dream\.stepSize +5\.2$/m);
    expect(stdout).toMatch(/is valid/);
    expect(await readdir(folder.path)).toEqual(before);
    const machine = JSON.parse((await dreamreel(["check", at("scene.yaml"), "--json"])).stdout);
    expect(machine).toMatchObject({ plan: { frames: 4 }, settings: { layers: { edges: 1 } } });
  });

  test("layers and models list the available names", async () => {
    const { stdout } = await dreamreel(["layers"]);
    expect(stdout).toMatch(/^motifs3 .*\d+ +16 /m);
    expect(stdout).toMatch(/1000 classes: .*goldfish/);
    const { layers } = JSON.parse((await dreamreel(["layers", "pocket", "--json"])).stdout);
    expect(layers[0]).toMatchObject({ name: "edges", stride: 2 });
    expect((await dreamreel(["models"])).stdout).toMatch(/^pocket +bundled/m);
  });

  test("classify prints labels with percentages", async () => {
    const labels = JSON.parse(
      (await dreamreel(["classify", at("photo.png"), "--top", "1000", "--json"])).stdout,
    ) as { label: string; probability: number }[];
    expect(labels).toHaveLength(1000);
    expect(labels.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 4);
    expect(labels[0]!.probability).toBeGreaterThan(labels[1]!.probability);
  });

  test("flow writes a .flo file or a picture, and prints the mean motion", async () => {
    const [a, b] = [at("photo.png"), at("photo.png")];
    const flo = await dreamreel(["flow", a, b, "-o", at("still.flo"), "--json"]);
    expect(JSON.parse(flo.stdout)).toMatchObject({ meanPx: expect.closeTo(0, 2) });
    const { width, height } = decodeFlo(await readFile(at("still.flo")), "still.flo");
    expect([width, height]).toEqual([32, 24]);
    const picture = await dreamreel(["flow", a, b, "-o", at("still.png")]);
    expect(picture.stdout).toMatch(/still\.png {2}\S+ px on average, 100 % reliable/);
    expect((await readImage(at("still.png"))).width).toBe(32);
    const again = await dreamreel(["flow", a, b, "-o", at("still.flo")]);
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringMatching(/^OUTPUT_EXISTS/)]);
    const wrong = await dreamreel(["flow", a, b, "-o", at("flow.txt")]);
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringMatching(/\.flo, \.png/)]);
  });

  test("schema prints the schema in schema/", async () => {
    const shipped = join(import.meta.dirname, "../../schema/scene.schema.json");
    expect(JSON.parse((await dreamreel(["schema"])).stdout)).toEqual(
      JSON.parse(await readFile(shipped, "utf8")),
    );
  });
});
