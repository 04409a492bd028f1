/** Faults during real renders: kills, full disks, a missing ffmpeg, read-only folders. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../src/dream/random.ts";
import { commandArguments, dreamreel } from "../helpers/command.ts";
import { decodeAll, temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

const scene = `source: { noise: { seed: 3 } }
output: { size: 64x48, fps: 8, keepFrames: false }
duration: 24f
motion: { zoom: 2, rotate: 20deg }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0, jitter: 4 }
`;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(at("scene.yaml"), scene);
});
afterAll(() => folder.remove());

function start(output: string, ...rest: string[]): ChildProcess {
  const args = commandArguments("render", at("scene.yaml"), "-o", output, "--json", ...rest);
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
}

async function pngs(path: string): Promise<Buffer[]> {
  const names = (await readdir(path)).filter((name) => name.endsWith(".png")).sort();
  return Promise.all(names.map((name) => readFile(join(path, name))));
}

/** Resolves after a child has reported `count` frames. */
async function dreamed(child: ChildProcess, count: number): Promise<void> {
  let text = "";
  for await (const chunk of child.stderr!) {
    text += chunk;
    if (text.includes(`"done":${count},`)) return;
  }
  throw new Error(`it ended before: ${text}`);
}

/** The process id of a child's ffmpeg, from /proc. */
async function ffmpegOf({ pid }: ChildProcess): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
  for (const child of children)
    if ((await readFile(`/proc/${child}/comm`, "utf8")).startsWith("ffmpeg")) return Number(child);
  throw new Error("it runs no ffmpeg");
}

describe("a killed render", () => {
  test("resumes after each of 30 kills at random times, and its frames equal those of an uninterrupted render", async () => {
    const began = performance.now();
    await dreamreel(["render", at("scene.yaml"), "-o", `${at("whole")}/`]);
    const wholeMs = performance.now() - began;
    const whole = await pngs(at("whole"));
    expect(whole).toHaveLength(24);
    const random = createRandom(1);
    let kills = 0;
    let films = 0;
    while (kills < 30) {
      const child = start(`${at("killed")}/`);
      const ended = once(child, "exit");
      let said = "";
      child.stderr!.on("data", (chunk) => {
        said += chunk;
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), wholeMs * (0.25 + 0.7 * random()));
      const [exitCode] = await ended;
      clearTimeout(timer);
      if (exitCode === null) {
        kills++;
        continue;
      }
      expect(exitCode, said).toBe(0);
      expect(await pngs(at("killed"))).toEqual(whole);
      await rm(at("killed"), { recursive: true });
      films++;
    }
    const { exitCode } = await dreamreel(["render", at("scene.yaml"), "-o", `${at("killed")}/`]);
    expect(exitCode).toBe(0);
    expect(await pngs(at("killed"))).toEqual(whole);
    expect(films).toBeLessThan(15);
    const left = (await readdir(folder.path)).filter((name) => name.endsWith("work"));
    expect(left).toEqual([]);
  }, 180_000);

  test.each(["SIGINT", "SIGTERM"] as const)(
    "exits with 130 after %s, and reports how to resume",
    async (signal) => {
      const child = start(at(`${signal}.mp4`));
      let text = "";
      child.stderr!.on("data", (chunk) => {
        text += chunk;
      });
      while (!text.includes('"done":3,')) await once(child.stderr!, "data");
      child.kill(signal);
      const [exitCode] = await once(child, "exit");
      expect(exitCode).toBe(130);
      expect(text).toMatch(/finished frames are kept; run the same command again to resume/);
      expect(text).toMatch(/INTERRUPTED/);
      expect(await readdir(folder.path)).not.toContain(`${signal}.mp4`);
      const { stdout } = await dreamreel([
        ...["render", at("scene.yaml"), "-o", at(`${signal}.mp4`), "--json"],
      ]);
      expect(JSON.parse(stdout).dreamed).toBeLessThan(24);
    },
  );
});

test.runIf(process.platform === "linux")(
  "a killed ffmpeg is an error with its command line, and nothing is dreamed again",
  async () => {
    const child = start(at("encoder.mp4"));
    const done = once(child, "exit");
    await dreamed(child, 5);
    process.kill(await ffmpegOf(child), "SIGKILL");
    const [exitCode] = await done;
    expect(exitCode).toBe(1);
    expect(await readdir(folder.path)).not.toContain("encoder.mp4");
    const { stdout } = await dreamreel([
      ...["render", at("scene.yaml"), "-o", at("encoder.mp4"), "--json"],
    ]);
    expect(JSON.parse(stdout).dreamed).toBeLessThan(24);
    expect(await decodeAll(at("encoder.mp4"), 64, 48)).toHaveLength(24);
  },
);
