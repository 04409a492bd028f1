import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readImage } from "../../src/image/image.ts";
import { commandArguments, dreamreel } from "../helpers/command.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  const scene = (output: string, more = ""): string =>
    `source: { noise: {} }\nduration: 3f\noutput: { file: ${output}, size: 32x24 }\ndream: { iterations: 1, octaves: 1 }\n${more}`;
  await writeFile(at("a.yaml"), scene("a.mp4"));
  await writeFile(at("b.yaml"), scene("b.mp4"));
  await writeFile(at("same.yaml"), scene("a.mp4"));
  const shots = [1, 2].map((seed) => `  - { source: { noise: { seed: ${seed} } }, duration: 12f }`);
  await writeFile(
    at("shots.yaml"),
    `shots:\n${shots.join("\n")}\ndream: { iterations: 1, octaves: 1 }\noutput: { file: shots/, size: 32x24 }`,
  );
  await writeFile(at("bad.yaml"), scene("c.mp4", "model: none.onnx\n"));
});
afterAll(() => folder.remove());

describe("several scenes", () => {
  test("are rendered in parallel into their own files, and the failure of one does not affect the others", async () => {
    const outcome = await dreamreel([
      ...["render", at("a.yaml"), at("bad.yaml"), at("b.yaml"), "--jobs", "2", "--json"],
    ]);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toMatch(/MODEL_NOT_FOUND|FILE_NOT_FOUND/);
    const results = JSON.parse(outcome.stdout) as { file: string; frames: number }[];
    expect(results).toMatchObject([
      { file: at("a.mp4"), frames: 3 },
      { file: at("b.mp4"), frames: 3 },
    ]);
    const files = await readdir(folder.path);
    expect(files.filter((name) => name.endsWith(".mp4")).sort()).toEqual(["a.mp4", "b.mp4"]);
  });

  test.each([
    ["with one output", [at, "a.yaml", "same.yaml"], [], /two of the scenes have the same output/],
    ["with -o", [at, "a.yaml", "b.yaml"], ["-o", "x.mp4"], /several scenes/],
    ["with no jobs", [at, "a.yaml", "b.yaml"], ["--jobs", "0"], /--jobs 0/],
  ] as const)("%s are refused", async (_, [path, ...names], options, message) => {
    const outcome = await dreamreel(["render", ...names.map(path), ...options]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: "" });
    expect(outcome.stderr).toMatch(message);
  });
});

describe("shots of one scene", () => {
  const framesOf = async (name: string): Promise<Float32Array[]> => {
    const names = (await readdir(at(name))).filter((file) => file.endsWith(".png")).sort();
    return Promise.all(names.map(async (file) => (await readImage(join(at(name), file))).data));
  };

  test("are dreamed in parallel, interrupted by Ctrl-C, and resumed one by one", async () => {
    const render = ["render", at("shots.yaml"), "-o"];
    const child = spawn(
      process.execPath,
      commandArguments(...render, `${at("stopped")}/`, "--jobs", "2", "--json"),
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let text = "";
    child.stderr.on("data", (chunk) => {
      text += chunk;
    });
    while (!text.includes('"done":6,')) await once(child.stderr, "data");
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(130);
    expect(text).toMatch(/finished frames are kept; run the same command again to resume/);
    const rest = await dreamreel([...render, `${at("stopped")}/`, "--json"]);
    expect(JSON.parse(rest.stdout)).toMatchObject({ frames: 24 });
    expect(JSON.parse(rest.stdout).dreamed).toBeLessThan(20);
    await dreamreel([...render, `${at("whole")}/`]);
    expect(await framesOf("stopped")).toEqual(await framesOf("whole"));
  });
});
