import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderScene } from "../../src/pipeline/render/render.ts";
import { parseScene } from "../../src/scene/parse.ts";
import { commandArguments, dreamreel, type Outcome } from "../helpers/command.ts";
import { startFarm, type TestFarm } from "../helpers/live-farm.ts";
import { decodeAll, temporaryFolder } from "../helpers/media.ts";
import { freePort, noRedis } from "../helpers/redis.ts";

const scene = `source: { noise: { seed: 5 } }
output: { file: film.mp4, size: 64x36, fps: 8 }
duration: 4f
dream: { layers: { edges: 1 }, octaves: 1, iterations: 2 }
`;

describe("the command farm without a farm", () => {
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    dreamreel(["farm", ...args], { env: { REDIS_URL: "", DREAMREEL_SHARE: "", ...env } });

  test("says what is missing: the share, Redis, the folder", async () => {
    const folder = await temporaryFolder();
    const redis = `redis://:secret@127.0.0.1:${await freePort()}`;
    const outcomes = await Promise.all([
      run(["status"]),
      run(["status"], { DREAMREEL_SHARE: folder.path }),
      run(["status", "--share", folder.path, "--redis", "localhost"]),
      run(["worker", "--share", join(folder.path, "none")], { REDIS_URL: redis }),
      run(["status", "--share", folder.path], { REDIS_URL: redis }),
    ]);
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2, 1, 1]);
    const texts = outcomes.map(({ stderr }) => stderr);
    expect(texts[0]).toMatch(/USAGE: --share is missing.*\n.*DREAMREEL_SHARE/);
    expect(texts[1]).toMatch(/USAGE: --redis is missing.*\n.*REDIS_URL/);
    expect(texts[2]).toMatch(/USAGE: --redis localhost.*\n.*redis:\/\/host:6379/);
    expect(texts[3]).toMatch(/SHARE_NOT_FOUND/);
    expect(texts[4]).toMatch(/REDIS_UNAVAILABLE: no Redis answers at redis:\/\/:\*\*\*@127/);
    for (const text of texts) expect(text).not.toContain("secret");
    await folder.remove();
  });
});

describe.skipIf(noRedis)("the command farm", { timeout: 180_000 }, () => {
  let farm: TestFarm;
  const at = (name: string): string => join(farm.folder, name);
  const run = (...args: string[]): Promise<Outcome> =>
    dreamreel(["farm", ...args], {
      cwd: farm.folder,
      env: { REDIS_URL: farm.place.redis.url, DREAMREEL_SHARE: farm.place.share },
    });

  beforeAll(async () => {
    farm = await startFarm();
    await writeFile(at("film.yaml"), scene);
  });
  afterAll(() => farm?.[Symbol.asyncDispose]());

  test("submits, tells how films are, and pauses, resumes and cancels them by a part of their ids", async () => {
    const submitted = await run(
      "submit",
      "film.yaml",
      "--set",
      "seed=9",
      "--priority",
      "3",
      "--json",
    );
    expect(submitted).toMatchObject({ exitCode: 0 });
    const { id, frames } = JSON.parse(submitted.stdout);
    expect(id).toMatch(/^film-[0-9a-f]{8}$/);
    expect(frames).toBe(4);
    const state = async (): Promise<string> =>
      JSON.parse((await run("status", id, "--json")).stdout).films[0].state;
    expect(await state()).toBe("waiting");
    const paused = await run("pause", id.slice(0, 8));
    expect(paused.stdout).toMatch(/is paused/);
    expect(await state()).toBe("paused");
    expect((await run("resume", "film")).stdout).toMatch(/goes on: \d pieces to do/);
    expect(await state()).toBe("waiting");
    expect((await run("cancel", id)).stdout).toMatch(/is cancelled/);
    expect(await state()).toBe("cancelled");
    const text = (await run("status")).stdout;
    expect(text).toMatch(/^film-\w+ +cancelled +0\/4 frames/m);
    expect(text).toMatch(/^0 workers$/m);
    expect((await run("logs", id)).stdout).toBe("there are no logs yet");
    const unknown = await run("pause", "filmm");
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toMatch(/FILM_NOT_FOUND[\s\S]*film-/);
  });

  test("waits for a sweep and copies its outputs, never over a file without --force", async () => {
    const worker = await farm.worker("atlas");
    const submit = (...more: string[]): Promise<Outcome> =>
      run(
        "submit",
        "film.yaml",
        "--wait",
        "-o",
        "made/sweep.mp4",
        "--set",
        "dream.iterations=1,2",
        ...more,
      );
    const first = await submit();
    expect(first).toMatchObject({ exitCode: 0 });
    expect(first.stderr).toMatch(/^film-\w+ {2}2 scenes, 8 frames in \d pieces$/m);
    expect(first.stderr).toMatch(/frame 8\/8 {2}100 %/);
    const files = [1, 2].map((n) => at(`made/sweep.iterations=${n}.mp4`));
    expect(first.stdout.split("\n").map((line) => line.split("  ")[0])).toEqual(files);
    for (const [i, file] of files.entries()) {
      const set = [`dream.iterations=${i + 1}`];
      const alone = at(`alone-${i}.mp4`);
      await renderScene(parseScene(scene, { path: at("film.yaml"), set }), {
        output: alone,
        engine: "cpu",
      });
      expect(await decodeAll(file, 64, 36)).toEqual(await decodeAll(alone, 64, 36));
      await access(`${file}.json`);
    }
    await writeFile(files[0]!, "mine");
    const second = await submit();
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toMatch(/OUTPUT_EXISTS.*sweep\.iterations=1\.mp4/);
    expect(await readFile(files[0]!, "utf8")).toBe("mine");
    expect(await submit("--force")).toMatchObject({ exitCode: 0 });
    expect((await decodeAll(files[0]!, 64, 36)).length).toBe(4);
    const workers = await run("workers");
    expect(workers.stdout).toMatch(new RegExp(`^${worker.id} +cpu +1 x 1 threads`));
    const sweep = /^film-\w+/m.exec(first.stderr)![0];
    for (const change of ["pause", "cancel"])
      expect((await run(change, sweep)).stdout).toBe(
        `${sweep}  is finished: there is nothing to ${change}`,
      );
    const logs = await run("logs", sweep);
    expect(logs.stdout).toMatch(/begins scene 1, shot 1, frames 0 to 3/);
    await worker.stop();
  });

  test("starts a worker that says in one line what it sees, and ends on Ctrl-C", async () => {
    const child = spawn(
      process.execPath,
      commandArguments("farm", "worker", "--name", "delta", "--tags", "gpu,big", "--engine", "cpu"),
      {
        env: { ...process.env, REDIS_URL: farm.place.redis.url, DREAMREEL_SHARE: farm.place.share },
      },
    );
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    expect(line).toMatch(
      /^delta-\d+ is ready: it sees the share; engine cpu, \d+ threads, .* GB of memory, .* free in share, tags gpu, big\n$/,
    );
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(0);
  });

  test("refuses a worker whose folder is another one", async () => {
    const keeper = await farm.worker("atlas");
    const other = at("other");
    await mkdir(other);
    const outcome = await run("worker", "--share", other);
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toMatch(/SHARE_DIFFERS/);
    await keeper.stop();
  });

  test.each([
    [["--tags", "a,b"], /a film asks for one tag/],
    [["--priority", "1000"], /--priority 1000/],
    [["film.yaml", "-o", "x.mp4"], /several scenes/],
    [["--set", "seed=1,,2"], /a value of the list is empty/],
  ])("refuses to submit with %j", async (more, message) => {
    const outcome = await run("submit", "film.yaml", ...more);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: "" });
    expect(outcome.stderr).toMatch(message);
  });
});
