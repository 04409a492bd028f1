import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Render } from "../../src/studio/api-render.ts";
import { commandArguments, dreamreel } from "../helpers/command.ts";
import { smallScene } from "../helpers/studio.ts";

let folder: string;
const scene = smallScene.replace("duration: 1s", "duration: 20s");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "studio-command-"));
  await writeFile(join(folder, "small.yaml"), scene);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const env = (): NodeJS.ProcessEnv => ({ ...process.env, DREAMREEL_CACHE: join(folder, ".cache") });

/** `dreamreel studio` in a process group of its own, as a terminal starts it. */
async function start(...args: string[]) {
  const command = commandArguments("studio", ...args, "--no-open");
  const child = spawn(process.execPath, command, { detached: true, env: env(), cwd: folder });
  const [line] = await once(child.stdout, "data");
  const address = new URL(String(line).trim());
  const opened = await fetch(address);
  const cookie = opened.headers.get("set-cookie")!.split(";")[0]!;
  const ask = async <T>(path: string, body?: object): Promise<T> => {
    const headers = { cookie, origin: address.origin, "content-type": "application/json" };
    const sent = body ? { method: "POST", body: JSON.stringify(body) } : {};
    return (await fetch(address.origin + path, { headers, ...sent })).json() as Promise<T>;
  };
  return { child, address, ask };
}

test("it prints the address to open, serves the scene's folder, and Ctrl-C keeps an unfinished render to go on with", async () => {
  const first = await start("small.yaml");
  expect(first.address.hostname).toBe("127.0.0.1");
  expect(await first.ask("/api/studio")).toMatchObject({ scene: "small.yaml" });
  const { id } = await first.ask<Render>("/api/renders", { path: "small.yaml" });
  const render = async (ask: typeof first.ask): Promise<Render> =>
    (await ask<Render[]>("/api/renders")).find((one) => one.id === id)!;
  await expect
    .poll(async () => (await render(first.ask)).framesDone, { timeout: 50_000, interval: 100 })
    .toBeGreaterThan(2);
  process.kill(-first.child.pid!, "SIGINT");
  expect(await once(first.child, "exit")).toEqual([0, null]);
  const second = await start(".");
  expect((await render(second.ask)).state).toMatch(/waiting|rendering/);
  await expect
    .poll(async () => (await render(second.ask)).framesDone, { timeout: 50_000, interval: 100 })
    .toBeGreaterThan(2);
  process.kill(-second.child.pid!, "SIGINT");
  await once(second.child, "exit");
  expect(await readFile(join(folder, "small.yaml"), "utf8")).toBe(scene);
}, 120_000);

test("what is no folder or scene, and a port that is taken, are told", async () => {
  const missing = await dreamreel(["studio", join(folder, "nothing")], { env: env() });
  expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("FILE_NOT_FOUND") });
  await writeFile(join(folder, "note.txt"), "");
  const text = await dreamreel(["studio", join(folder, "note.txt")], { env: env() });
  expect(text).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("neither a folder nor a scene"),
  });
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const taken = await dreamreel(["studio", folder, "--no-open", "--port", String(port)], {
    env: env(),
  });
  expect(taken).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`port ${port} is taken`),
  });
  server.close();
}, 60_000);
