/** Renders to full disks. The tests mount a small tmpfs, and are skipped if that is not allowed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { takeLock } from "../../src/disk/lock.ts";
import { pull } from "../../src/models/download.ts";
import { commandArguments, dreamreel, type Outcome } from "../helpers/command.ts";
import { decodeAll, temporaryFolder } from "../helpers/media.ts";
import { mountable } from "../helpers/mount.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);
const disk = (name = ""): string => at(join("disk", name));

const scene = `source: { noise: { seed: 3 } }
output: { size: 64x48, fps: 8, keepFrames: true }
duration: 16f
motion: { zoom: 2, rotate: 20deg }
dream: { layers: { edges: 1 }, octaves: 1, iterations: 1, laplacian: 0, jitter: 4 }
`;

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(disk());
  await writeFile(at("scene.yaml"), scene);
  await dreamreel(["render", at("scene.yaml"), "-o", `${at("whole")}/`]);
});
afterEach(() => execa("umount", ["-l", disk()], { reject: false }));
afterAll(() => folder.remove());

const mount = (...options: string[]): Promise<unknown> =>
  execa("mount", ["-t", "tmpfs", "-o", options.join(","), "none", disk()]);

const render = (output: string, ...rest: string[]): Promise<Outcome> =>
  dreamreel(["render", at("scene.yaml"), "-o", disk(output), "--json", ...rest]);

/** Fill the disk except for `left` bytes. */
async function fill(left = 0): Promise<void> {
  const { bavail, bsize } = await statfs(disk());
  // A running render may take the last space first.
  await writeFile(disk("filler"), Buffer.alloc(bavail * bsize - left)).catch(() => {});
}

async function pngs(path: string): Promise<Buffer[]> {
  const names = (await readdir(path)).filter((name) => name.endsWith(".png")).sort();
  return Promise.all(names.map((name) => readFile(join(path, name))));
}

describe.runIf(mountable)("a full disk", () => {
  test("is reported before anything is dreamed, with the space that the render needs", async () => {
    await mount("size=256k");
    const { exitCode, stderr } = await render("film.mp4");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DISK_FULL: .*film\.mp4: the render needs about \d+ MB of disk/m);
    expect(stderr).not.toMatch(/"done"/);
    expect(await readdir(disk())).toEqual([]);
  });

  test("during a frame ends the render, which resumes with the same frames after space is freed", async () => {
    await mount("size=2m");
    const args = ["render", at("scene.yaml"), "-o", `${disk("film")}/`, "--json", "--force"];
    const child = spawn(process.execPath, commandArguments(...args));
    let text = "";
    child.stderr.on("data", (chunk) => {
      text += chunk;
    });
    while (!text.includes('"done":4,')) await once(child.stderr, "data");
    await fill();
    const [exitCode] = await once(child, "exit");
    expect(exitCode).toBe(1);
    expect(text).toMatch(/^DISK_FULL: /m);
    expect(text).toMatch(/finished frames are kept/);
    expect((await readdir(disk())).sort()).toEqual(["filler", "film.work"]);
    await rm(disk("filler"));
    const { stdout } = await render("film/");
    expect(JSON.parse(stdout).dreamed).toBeLessThan(16);
    expect(await pngs(disk("film"))).toEqual(await pngs(at("whole")));
  });

  test("during the encoding keeps the old output, and nothing is dreamed again after space is freed", async () => {
    await mount("size=4m");
    await render("film.mp4");
    const before = await readFile(disk("film.mp4"));
    await fill(4096);
    const coarse = ["--set", "output.quality=10", "--force"];
    const { exitCode, stderr } = await render("film.mp4", ...coarse);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DISK_FULL: /m);
    expect(await readFile(disk("film.mp4"))).toEqual(before);
    await rm(disk("filler"));
    const { stdout } = await render("film.mp4", ...coarse);
    expect(JSON.parse(stdout).dreamed).toBe(0);
    expect(await decodeAll(disk("film.mp4"), 64, 48)).toHaveLength(16);
  });

  test("leaves no lock without a holder, and no empty render cache", async () => {
    await mount("size=256k");
    await fill();
    await expect(takeLock(disk("lock"))).rejects.toMatchObject({ code: "ENOSPC" });
    expect(await readdir(disk())).toEqual(["filler"]);
    const { stderr } = await render("film.mp4", "--force");
    expect(stderr).toMatch(/^DISK_FULL: /m);
    expect(await readdir(disk())).toEqual(["filler"]);
    await rm(disk("filler"));
    const lock = await takeLock(disk("lock"));
    expect(lock).toHaveProperty("release");
    if ("release" in lock) await lock.release();
  });

  test("at a tile of an atlas is reported, and the atlas resumes after space is freed", async () => {
    await mount("size=256k");
    await fill(24_000);
    const args = ["--layer", "edges:0-7", "--tile", "32", "--set", "octaves=1", "--json"];
    const atlas = (): Promise<Outcome> => dreamreel(["atlas", "-o", disk("a.html"), ...args]);
    const { exitCode, stderr } = await atlas();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DISK_FULL: /m);
    const folders = (await readdir(disk())).filter((name) => name.startsWith(".a.html.atlas"));
    const tiles = await readdir(disk(folders[0]!));
    expect(tiles.length).toBeGreaterThan(0);
    expect(tiles.filter((name) => !/^[0-9a-f]{16}\.png$/.test(name))).toEqual([]);
    await rm(disk("filler"));
    expect((await atlas()).exitCode).toBe(0);
    expect(await readdir(disk())).toEqual(["a.html"]);
  });

  test("ends a download at once, without trying other addresses", async () => {
    await mount("size=256k");
    process.env.DREAMREEL_CACHE = disk();
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end(Buffer.alloc(1 << 20, 1));
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    const urls = ["/one", "/two"].map((path) => `http://127.0.0.1:${port}${path}`);
    const preprocess = { channels: "RGB", scale: "0..1", mean: [0, 0, 0], std: [1, 1, 1] } as const;
    const about = { name: "toy", file: "toy.onnx", license: "MIT", about: "" };
    const entry = { ...about, sha256: "0".repeat(64), bytes: 1 << 20, urls, preprocess };
    try {
      await expect(pull(entry)).rejects.toMatchObject({ code: "DISK_FULL" });
      expect(asked).toBe(1);
      expect(await readdir(disk())).toEqual(["toy.onnx.partial"]);
    } finally {
      delete process.env.DREAMREEL_CACHE;
      server.close();
    }
  });

  test("that is read-only is reported before anything is dreamed", async () => {
    await mount("size=4m", "ro");
    const { exitCode, stderr } = await render("film.mp4");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^OUTPUT_UNWRITABLE: .*read-only/m);
    expect(stderr).toMatch(/Choose a writable location/);
  });
});
