/** `dreamreel doctor` on machines that lack something; each lack is real. */
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkCache, checkDisk } from "../../src/doctor/disk.ts";
import { checkNode } from "../../src/doctor/examine.ts";
import { checkFfmpeg } from "../../src/doctor/ffmpeg.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { dreamreel } from "../helpers/command.ts";
import { temporaryFolder } from "../helpers/media.ts";

const folder = await temporaryFolder();
afterAll(() => folder.remove());
const at = (name: string): string => join(folder.path, name);

/** No Vulkan driver, so that the machine's GPU has no influence. */
const noGpu = { VK_DRIVER_FILES: at("none.json"), VK_ICD_FILENAMES: at("none.json") };

function among(all: readonly Finding[], what: string): Finding {
  const found = all.find((finding) => finding.what === what);
  expect(found, `${what} among ${all.map((finding) => finding.what).join(", ")}`).toBeDefined();
  return found!;
}

/** A program that answers like an ffmpeg with these encoders. */
async function stubFfmpeg(name: string, encoders: readonly string[]): Promise<string> {
  const lines = encoders.map((encoder) => `echo ' V..... ${encoder}   A codec'`);
  const script = [
    "#!/bin/sh",
    'case "$*" in',
    "*-version*) echo 'ffmpeg version 7.1-stub Copyright (c) 2000-2024' ;;",
    `*-encoders*) ${lines.join("; ") || ":"} ;;`,
    "esac",
  ];
  await writeFile(at(name), script.join("\n"));
  await chmod(at(name), 0o755);
  return at(name);
}

describe("doctor on a machine that can render", () => {
  let all: Finding[] = [];
  let exitCode: number | undefined;
  let stderr = "";
  beforeAll(async () => {
    const env = { ...noGpu, DREAMREEL_CACHE: at("cache") };
    const result = await dreamreel(["doctor", "--json"], { env, cwd: folder.path });
    exitCode = result.exitCode;
    stderr = result.stderr;
    all = JSON.parse(result.stdout) as Finding[];
  });

  test("finds everything that a render needs, and exits with 0", () => {
    expect(exitCode).toBe(0);
    const needed = ["Node.js", "machine", "ffmpeg", "codecs", "fonts", "engine cpu"];
    for (const what of [...needed, "network pocket", "cache folder", "disk"])
      expect(among(all, what), what).toMatchObject({ ok: true });
  });

  test("reports what each unavailable engine needs", () => {
    expect(among(all, "engine webgpu")).toMatchObject({ ok: false, optional: true });
    if (process.platform === "linux" && process.arch === "x64") {
      expect(among(all, "engine webgpu").found).toMatch(
        /^there is no GPU adapter \(.*none\.json\)$/,
      );
      expect(among(all, "engine webgpu").todo).toMatch(/Vulkan driver/);
    }
    expect(among(all, "engine tfjs").found).toMatch(/^works \(/);
  });

  test("hides the output of drivers", () => {
    expect(stderr).toBe("");
  });

  test("gives a remedy for everything that is not ok, and for nothing else", () => {
    for (const { what, ok, todo } of all) expect(todo !== undefined, what).toBe(!ok);
  });

  test("leaves no files behind, not even an empty cache", async () => {
    const left = (await readdir(folder.path)).filter((name) => /cache|\.dreamreel/.test(name));
    expect(left).toEqual([]);
  });
});

test("doctor prints a mark, the finding, and the remedy below it, and fails if something necessary is missing", async () => {
  await writeFile(at("a-file"), "");
  const env = { ...noGpu, FFMPEG_PATH: at("nowhere"), DREAMREEL_CACHE: at("a-file/models") };
  const { stdout, exitCode } = await dreamreel(["doctor"], { env });
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^ok +Node\.js/m);
  expect(stdout).toMatch(
    /^NO +ffmpeg +FFMPEG_PATH is .*nowhere.*\n +→ Set it to the path of an ffmpeg/m,
  );
  expect(stdout).toMatch(
    /^-- +cache folder +.*a-file\/models is not writable: ENOTDIR.*\n +→ Set DREAMREEL_CACHE/m,
  );
});

describe.skipIf(process.platform === "win32")("doctor reports an unsuitable ffmpeg", () => {
  test("that is another program", async () => {
    expect(await checkFfmpeg({ FFMPEG_PATH: "/bin/sh" })).toMatchObject([
      { what: "ffmpeg", ok: false, todo: expect.stringMatching(/FFMPEG_PATH/) },
    ]);
  });

  test("without the default codec, with what can and cannot be written", async () => {
    const stub = await stubFfmpeg("no-x264", ["gif", "apng", "libvpx-vp9", "libopus"]);
    const all = await checkFfmpeg({ FFMPEG_PATH: stub });
    expect(among(all, "ffmpeg")).toMatchObject({
      ok: true,
      found: expect.stringMatching(/7\.1-stub/),
    });
    expect(among(all, "codecs").found).toBe("only libvpx-vp9, libopus, gif, apng");
    expect(among(all, "codec libx264")).toMatchObject({
      ok: false,
      optional: false,
      found: "missing: no h264, the default of .mp4 and .mov",
      todo: expect.stringMatching(/FFMPEG_PATH.*output\.codec/),
    });
    expect(among(all, "codec libx265")).toMatchObject({
      optional: true,
      found: "missing: no h265",
    });
    expect(among(all, "codec aac").found).toBe(
      "missing: no sound in .mp4, sound in .mov, sound in .mkv",
    );
    expect(among(all, "codec libwebp").found).toBe("missing: no .webp");
  });

  test("without any encoder", async () => {
    const all = await checkFfmpeg({ FFMPEG_PATH: await stubFfmpeg("none", []) });
    expect(among(all, "codecs")).toMatchObject({ ok: false, optional: false, found: "none" });
  });

  test("without an ffprobe beside it", async () => {
    await mkdir(at("alone"), { recursive: true });
    const stub = await stubFfmpeg("alone/ffmpeg", ["libx264"]);
    const all = await checkFfmpeg({ FFMPEG_PATH: stub, PATH: at("alone") });
    expect(among(all, "ffprobe")).toMatchObject({ ok: false, optional: true });
  });
});

// Not even root may write to /proc.
test.runIf(process.platform === "linux")(
  "doctor reports folders that cannot be written to",
  async () => {
    expect(await checkCache("/proc/dreamreel")).toMatchObject({ ok: false, optional: true });
    expect(await checkDisk("/proc")).toMatchObject({
      ok: false,
      found: expect.stringMatching(/^this folder is not writable/),
      todo: expect.stringMatching(/-o/),
    });
  },
);

describe("a nearly full disk", async () => {
  const small = at("small");
  await mkdir(small);
  // Root may mount a disk; otherwise the test is skipped.
  const mounted = await execa("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small], {
    reject: false,
  });
  afterAll(() => execa("umount", [small], { reject: false }));

  test.skipIf(mounted.failed)(
    "is reported for the current folder and the cache, with a remedy",
    async () => {
      expect(await checkDisk(small)).toMatchObject({
        ok: false,
        found: "only 0.0 GB free here",
        todo: expect.stringMatching(/Free some space/),
      });
      expect(await checkCache(join(small, "not/there/yet"))).toMatchObject({
        ok: false,
        found: expect.stringMatching(/has 0\.0 GB free$/),
      });
    },
  );
});

test.each([
  ["18.20.4", false],
  ["20.18.9", false],
  ["20.19.0", true],
  ["22.1.0", true],
])("Node.js %s is supported: %s", (version, ok) => {
  const finding = checkNode(version);
  expect(finding.ok).toBe(ok);
  expect(finding.todo).toEqual(ok ? undefined : expect.stringMatching(/20\.19 or newer/));
});
