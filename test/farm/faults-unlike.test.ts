/** A cutting film and a sweep on machines that do not compute alike, or have another version. */
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { piecesOf } from "../../src/farm/pieces/pieces.ts";
import { pinOf } from "../../src/farm/pieces/pins.ts";
import type { FarmFilm } from "../../src/farm/share/film.ts";
import { filmPath, readRecord } from "../../src/farm/share/films.ts";
import { farmStatus } from "../../src/farm/status.ts";
import { findFfmpeg } from "../../src/video/ffmpeg.ts";
import { buildProgram } from "../helpers/build-program.ts";
import { dreamreel } from "../helpers/command.ts";
import {
  type FaultyFarm,
  startFaultyFarm,
  until,
  type WorkerCommand,
  type WorkerCommandOptions,
} from "../helpers/farm-faults.ts";
import { noRedis } from "../helpers/redis.ts";

const root = join(import.meta.dirname, "../..");

describe.skipIf(noRedis)("a film and a sweep are one machine's", { timeout: 300_000 }, () => {
  let farm: FaultyFarm;
  let otherKind: WorkerCommandOptions;
  const workers: WorkerCommand[] = [];
  const worker = async (name: string, options?: WorkerCommandOptions): Promise<WorkerCommand> => {
    const own = await farm.worker(name, options);
    workers.push(own);
    return own;
  };
  const why = (film: FarmFilm): Promise<string | undefined> =>
    farm.with(async (open) => (await farmStatus(open, film.id)).films[0]!.why);
  const command = (...args: string[]): ReturnType<typeof dreamreel> =>
    dreamreel(["farm", ...args], {
      env: { REDIS_URL: farm.place.redis.url, DREAMREEL_SHARE: farm.place.share },
    });

  beforeAll(async () => {
    farm = await startFaultyFarm({ appendOnly: false });
    // An ffmpeg that calls itself another version makes a machine of another fingerprint, whose frames are the same.
    const { ffmpeg } = await findFfmpeg();
    const other = join(farm.folder, "other-ffmpeg");
    const script = `#!/bin/sh\ncase "$*" in *-version*) echo ffmpeg version other;; *) exec "${ffmpeg}" "$@";; esac\n`;
    await writeFile(other, script);
    await chmod(other, 0o755);
    otherKind = { env: { FFMPEG_PATH: other } };
  }, 300_000);
  afterEach(() => Promise.all(workers.splice(0).map((one) => one.stop())));
  afterAll(() => farm?.[Symbol.asyncDispose]());

  test("on machines of two fingerprints, of which each chain has one", async () => {
    await Promise.all([worker("atlas"), worker("twin", otherKind)]);
    const both = await farm.submit("kinds");
    await farm.expectWhole(both);
    await farm.with(async ({ share }) => {
      const { film } = both;
      const logs = filmPath(share, film, "logs");
      const texts = await Promise.all(
        (await readdir(logs)).map(async (name) => ({
          name,
          text: await readFile(join(logs, name), "utf8"),
        })),
      );
      const kinds = new Set<string>();
      for (const { key, chain } of await piecesOf(share, film)) {
        const { done } = await readRecord(share, film, key);
        const begun = texts.find(({ name }) => name === `${key}-${done!.worker}.log`)!;
        const kind = /\((cpu-[0-9a-f]{16}), dreamreel/.exec(begun.text)![1]!;
        kinds.add(kind);
        if (chain !== undefined) expect(await pinOf(share, film, chain)).toBe(kind);
      }
      expect(kinds.size).toBe(2);
    });
  });

  test("when the machine that began them is gone: a retry begins its shots anew on another", async () => {
    const atlas = await worker("atlas");
    const both = await farm.submit("gone");
    await farm.frames(both.film, 6);
    atlas.signal("SIGKILL");
    await worker("twin", otherKind);
    await until("the film to wait for the machine", async () =>
      /begun on a machine of another kind/.test((await why(both.film)) ?? ""),
    );
    const retried = await command("retry", both.film.id);
    expect(retried).toMatchObject({ exitCode: 0 });
    expect(retried.stdout).toMatch(/anew/);
    await farm.expectWhole(both);
  });

  test("with a worker of another version, which takes none of their pieces", async () => {
    const main = await anotherVersion(join(farm.folder, "version"));
    const old = await worker("old", { args: [main] });
    const both = await farm.submit("version");
    expect(await why(both.film)).toMatch(/no worker fits it/);
    // What the queue forgets is not for the other version to bring back: it may split films otherwise.
    await farm.server.kill();
    await farm.server.start();
    await old.says(/Redis is back/);
    await worker("atlas");
    await farm.expectWhole(both);
    expect(old.text()).not.toMatch(/scene|shot/);
  });
});

/** Build the program with other keys of frames in `folder`. Returns its entry. */
async function anotherVersion(folder: string): Promise<string> {
  await mkdir(folder);
  for (const name of ["src", "package.json"])
    await cp(join(root, name), join(folder, name), { recursive: true });
  for (const name of ["node_modules", "models"])
    await symlink(join(root, name), join(folder, name));
  const keys = join(folder, "src/pipeline/cache/key-parts.ts");
  const text = await readFile(keys, "utf8");
  const changed = text.replace(/keysVersion = \d+/, "keysVersion = 999");
  expect(changed).not.toBe(text);
  await writeFile(keys, changed);
  await buildProgram(folder);
  return join(folder, "dist/cli/main.js");
}
