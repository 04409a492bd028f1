import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dreamreel } from "../helpers/command.ts";
import { ffmpeg, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await ffmpeg(...["-f", "lavfi", "-i", "sine=frequency=80:duration=4", at("hum.wav")]);
  await writeFile(
    at("scene.yaml"),
    `title: Two shots
output: { file: x.mp4, size: 64x36, fps: 8 }
audio: hum.wav
dream: { octaves: 1, iterations: 1, laplacian: 0 }
shots:
  - title: one
    source: { noise: {} }
    duration: 2s
    motion: { zoom: "1 + bass" }
    timeline:
      - { at: 0s, dream: { layers: { edges: 1 } } }
      - { at: 1s, dream: { layers: { patterns1: 1 } } }
  - source: { noise: { seed: 4 } }
    duration: 2s
    transition: { crossfade: 1s }
    mix: p
`,
  );
});
afterAll(() => folder.remove());

describe("check --at", () => {
  test("prints every value at that time, for the visible shot", async () => {
    const { stdout, exitCode } = await dreamreel([
      ...["check", at("scene.yaml"), "--quiet", "--at", "0.5s", "--at", "100%"],
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/shot 1 +frames 0 to 15.*one/);
    expect(stdout).toMatch(/shot 2 +frames 8 to 23, from 1\.00 s, crossfade 8 frames/);
    expect(stdout).toMatch(
      /at 0\.5s, frame 4\n[\s\S]*dream\.layers\.edges +0\.5\n +dream\.layers\.patterns1 +0\.5\n/,
    );
    expect(stdout).toMatch(/at 100%, frame 23\n[\s\S]*mix +1\n/);
  });

  test("beyond the end is refused, with the time of the end", async () => {
    const outcome = await dreamreel(["check", at("scene.yaml"), "--at", "9s", "--quiet"]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: "" });
    expect(outcome.stderr).toMatch(/^USAGE: --at 9s: the scene ends at 3\.00 s, frame 23/);
  });
});

describe("plot", () => {
  test("draws all changing values and the sound, as a picture and as SVG", async () => {
    const outcome = await dreamreel(["plot", at("scene.yaml"), "-o", at("plot.png"), "--json"]);
    expect(JSON.parse(outcome.stdout)).toEqual({
      file: at("plot.png"),
      lanes: ["dream.layers", "motion.zoom", "mix", "sound"],
    });
    const { width, height } = await sharp(at("plot.png")).metadata();
    expect(width).toBeGreaterThan(1000);
    expect(height).toBeGreaterThan(4 * 84);
    const { channels } = await sharp(at("plot.png")).stats();
    expect(Math.max(...channels.map((channel) => channel.stdev))).toBeGreaterThan(5);

    await dreamreel(["plot", at("scene.yaml"), "-o", at("plot.svg"), "--quiet"]);
    const svg = await readFile(at("plot.svg"), "utf8");
    // A line of 24 frames for each of two layers, zoom, mix and five levels; keys at 0 and 1 s.
    const lines = [...svg.matchAll(/<polyline[^>]*points="([^"]+)"/g)].map((m) => m[1]!.split(" "));
    expect(lines.map((points) => points.length)).toEqual(new Array(9).fill(24));
    expect(svg.match(/5 -7h-10z/g)).toHaveLength(2);
  });

  test("replaces nothing without --force", async () => {
    await writeFile(at("mine.png"), "mine");
    const outcome = await dreamreel(["plot", at("scene.yaml"), "-o", at("mine.png")]);
    expect(outcome.stderr).toMatch(/^OUTPUT_EXISTS/);
    expect(await readFile(at("mine.png"), "utf8")).toBe("mine");
  });

  test("to a file that is not a picture is refused", async () => {
    const outcome = await dreamreel(["plot", at("scene.yaml"), "-o", at("plot.txt")]);
    expect(outcome).toMatchObject({ exitCode: 2 });
    expect(outcome.stderr).toMatch(/plot cannot be written as/);
  });
});

describe("still", () => {
  test("writes one frame, and reports an approximation", async () => {
    const outcome = await dreamreel([
      ...["still", at("scene.yaml"), "--at", "1.5s", "--before", "2", "-o", at("still.png")],
    ]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stderr).toMatch(/approximation: .* here 2 were dreamed/);
    expect(await sharp(at("still.png")).metadata()).toMatchObject({ width: 64, height: 36 });
  });
});
