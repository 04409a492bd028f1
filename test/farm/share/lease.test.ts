/** Leases of processes that are killed, stopped and woken, and of a share that goes away. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { FarmFilm } from "../../../src/farm/share/film.ts";
import { filmPath } from "../../../src/farm/share/films.ts";
import { takeLease } from "../../../src/farm/share/lease.ts";
import { openShare, type Share } from "../../../src/farm/share/share.ts";
import { submitFilm } from "../../../src/farm/share/submit.ts";
import { parseScene } from "../../../src/scene/parse.ts";
import { temporaryFolder } from "../../helpers/media.ts";

const quick = { heartbeatMs: 100, staleMs: 1000 };
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let share: Share;
let film: FarmFilm;
const children: ChildProcess[] = [];
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(at("share"));
  share = await openShare(at("share"));
  const text = "source: { noise: {} }\nduration: 2f\noutput: { size: 32x32 }";
  film = await submitFilm(share, [parseScene(text, { path: at("scene.yaml") })]);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => folder.remove());

/** A process that holds the lease of `key`; `next` gives the next thing that it says. */
async function holder(key: string): Promise<{ child: ChildProcess; next: () => Promise<object> }> {
  const script = join(import.meta.dirname, "../../helpers/farm-process.ts");
  const args = ["--import", import.meta.resolve("tsx"), script, "lease", share.path, film.id, key];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<object> => JSON.parse((await lines.next()).value);
  expect(await next()).toEqual({ taken: true });
  return { child, next };
}

test("a lease has one holder, who is named, and leaves no file", async () => {
  const lease = await takeLease(share, film, "one", "me", quick);
  const other = await takeLease(share, film, "one", "you", quick);
  expect(other).toMatchObject({ holder: { pid: process.pid, owner: "me" } });
  if ("release" in lease) await lease.release();
  const again = await takeLease(share, film, "one", "you", quick);
  expect(again).toHaveProperty("release");
  if ("release" in again) await again.release();
  expect(await readdir(filmPath(share, film, "leases"))).toEqual([]);
});

test("of many that want a lease at once, one gets it", async () => {
  const wanted = Array.from({ length: 20 }, () => takeLease(share, film, "many", "me", quick));
  const got = (await Promise.all(wanted)).filter((one) => "release" in one);
  expect(got).toHaveLength(1);
  for (const lease of got) if ("release" in lease) await lease.release();
});

test("the lease of a killed process is taken over at once", { timeout: 60_000 }, async () => {
  const { child } = await holder("killed");
  expect(await takeLease(share, film, "killed", "me", quick)).toHaveProperty("holder");
  child.kill("SIGKILL");
  await once(child, "exit");
  const started = performance.now();
  const lease = await takeLease(share, film, "killed", "me", quick);
  expect(performance.now() - started).toBeLessThan(900);
  expect(lease).toHaveProperty("release");
  if ("release" in lease) await lease.release();
});

test("the lease of a stopped process is taken over, and once woken it learns that and writes no more", {
  timeout: 60_000,
}, async () => {
  const { child, next } = await holder("stopped");
  child.kill("SIGSTOP");
  // Until its time is over, the lease is its own.
  expect(await takeLease(share, film, "stopped", "me", quick)).toHaveProperty("holder");
  await wait(1200);
  const lease = await takeLease(share, film, "stopped", "me", quick);
  expect(lease).toHaveProperty("release");
  child.kill("SIGCONT");
  expect(await next()).toEqual({ lost: true });
  const before = (await readFile(at("share/written"))).length;
  await wait(300);
  expect((await readFile(at("share/written"))).length).toBe(before);
  // The woken process has not taken the lease of the new holder.
  expect(await takeLease(share, film, "stopped", "third", quick)).toMatchObject({
    holder: { owner: "me" },
  });
  if ("release" in lease) {
    expect(lease.lost.aborted).toBe(false);
    await lease.release();
  }
});

test("a lease whose heartbeat cannot be written ends when others may take it over", async () => {
  const lease = await takeLease(share, film, "gone", "me", quick);
  if (!("release" in lease)) throw new Error("the lease is taken");
  await rename(share.root, at("share/away"));
  await wait(600);
  expect(lease.lost.aborted).toBe(false);
  if (!lease.lost.aborted) await once(lease.lost, "abort");
  await lease.release();
  await rename(at("share/away"), share.root);
  // Its file is left over, and taken over as that of a process which has ended.
  const next = await takeLease(share, film, "gone", "me", quick);
  expect(next).toHaveProperty("release");
  if ("release" in next) await next.release();
});

test("a share that is back in time keeps the lease", async () => {
  const patient = { ...quick, staleMs: 10_000 };
  const lease = await takeLease(share, film, "back", "me", patient);
  if (!("release" in lease)) throw new Error("the lease is taken");
  await rename(share.root, at("share/away"));
  await wait(500);
  await rename(at("share/away"), share.root);
  await wait(500);
  expect(lease.lost.aborted).toBe(false);
  await lease.release();
  expect(await readdir(filmPath(share, film, "leases"))).not.toContain("back");
});

test("a lease of another machine is watched by this clock, however old its heartbeat looks", async () => {
  const path = filmPath(share, film, "leases", "elsewhere");
  await writeFile(path, "1 elsewhere token somebody");

  await utimes(path, 1, 1);
  const beat = setInterval(() => void utimes(path, 1, Math.random() * 1e6), 100);
  const refused = await takeLease(share, film, "elsewhere", "me", quick);
  expect(refused).toEqual({ holder: { pid: 1, host: "elsewhere", owner: "somebody" } });
  clearInterval(beat);
  await wait(200);
  const lease = await takeLease(share, film, "elsewhere", "me", quick);
  expect(lease).toHaveProperty("release");
  if ("release" in lease) await lease.release();
});
