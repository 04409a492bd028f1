import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { safeName } from "../../src/studio/confine.ts";
import { openStudio, smallScene, type TestStudio } from "../helpers/studio.ts";

let studio: TestStudio;
let outside: string;

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), "outside-"));
  await writeFile(join(outside, "secret.yaml"), "secret: 1\n");
  await writeFile(join(outside, "secret.png"), "secret");
  studio = await openStudio({ maxUploadBytes: 1000 });
  await symlink(join(outside, "secret.yaml"), join(studio.folder, "link.yaml"));
  await symlink(join(outside, "secret.png"), join(studio.folder, "link.png"));
  await symlink(outside, join(studio.folder, "linked"));
  await mkdir(join(studio.folder, "media"));
  await writeFile(join(studio.folder, "media/tone.wav"), "0123456789");
});

afterAll(async () => {
  await studio.close();
  await rm(outside, { recursive: true, force: true });
});

const json = { "content-type": "application/json" };
const put = (path: string, text = "changed: 1\n"): Parameters<TestStudio["send"]> => [
  `/api/scene?path=${encodeURIComponent(path)}`,
  { method: "PUT", headers: json, body: JSON.stringify({ text, base: "" }) },
];

test("it listens on 127.0.0.1 alone", async () => {
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
  for (const address of ["::1", "127.0.0.2", ...others]) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ host: address, port: studio.studio.port, timeout: 1000 });
      const end = (is: boolean) => (): void => {
        socket.destroy();
        resolve(is);
      };
      socket.on("connect", end(true)).on("error", end(false)).on("timeout", end(false));
    });
    expect(connected, address).toBe(false);
  }
});

test("a name that is resolved to 127.0.0.1 is refused, with a cookie too", async () => {
  const { port } = studio.studio;
  for (const host of [
    "evil.example",
    `evil.example:${port}`,
    "127.0.0.1",
    `127.0.0.1:${port + 1}`,
    `localhost.evil.example:${port}`,
  ])
    expect((await studio.send("/api/scenes", { headers: { host } })).status, host).toBe(421);
  expect(
    (await studio.send("/api/scenes", { headers: { host: `localhost:${port}` } })).status,
  ).toBe(200);
});

test("the token opens the page once, and becomes a cookie that scripts and other sites do not get", async () => {
  const { pathname, search } = new URL(studio.studio.address);
  const opened = await studio.raw(pathname + search);
  const [cookie] = opened.headers["set-cookie"]!;
  expect([opened.status, opened.headers["cache-control"]]).toEqual([200, "no-store"]);
  expect(cookie).toContain("HttpOnly");
  expect(cookie).toContain("SameSite=Strict");
  const wrong = await studio.raw(`/?token=${"x".repeat(32)}`);
  expect([wrong.status, wrong.headers["set-cookie"]]).toEqual([403, undefined]);
});

test("without the cookie nothing is told", async () => {
  for (const path of [
    "/api/scenes",
    "/api/scene?path=small.yaml",
    "/api/events?client=a",
    "/api/schema",
    "/api/nothing",
  ]) {
    const answer = await studio.raw(path);
    expect([answer.status, answer.json().code], path).toEqual([403, "FORBIDDEN"]);
    const other = await studio.raw(path, {
      headers: { cookie: `dreamreel-${studio.studio.port}=${"x".repeat(32)}` },
    });
    expect(other.status).toBe(403);
  }
  const page = await studio.raw("/");
  expect(page.status).toBe(403);
  expect(page.body.toString()).toContain("dreamreel studio");
});

test("only the studio's own page changes anything", async () => {
  const { port } = studio.studio;
  const [path, sent] = put("small.yaml");
  for (const origin of [
    undefined,
    "null",
    "http://evil.example",
    `http://127.0.0.1:${port + 1}`,
    `https://127.0.0.1:${port}`,
  ])
    expect(
      (await studio.send(path, { ...sent, headers: { ...json, origin } })).status,
      origin,
    ).toBe(403);
  const site = { ...json, "sec-fetch-site": "cross-site" };
  expect((await studio.send(path, { ...sent, headers: site })).status).toBe(403);
  expect(await readFile(join(studio.folder, "small.yaml"), "utf8")).toBe(smallScene);
  // A form can send text without asking first.
  const form = await studio.send("/api/check", {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: "{}",
  });
  expect(form.status).toBe(415);
});

test("no other origin may read answers, and pages load nothing from elsewhere", async () => {
  const preflight = await studio.send("/api/scenes", {
    method: "OPTIONS",
    headers: { origin: "http://evil.example", "access-control-request-method": "PUT" },
  });
  const answers = [
    preflight,
    await studio.send("/"),
    await studio.send("/api/scenes"),
    await studio.send("/api/nothing"),
    await studio.raw("/"),
  ];
  for (const { headers } of answers) {
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    const policy = String(headers["content-security-policy"]);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers["x-content-type-options"]).toBe("nosniff");
  }
});

test("nothing outside the folder is read, by whatever path or link", async () => {
  const paths = [
    "../outside.yaml",
    join(outside, "secret.yaml"),
    "linked/secret.yaml",
    "link.yaml",
    "media/../../x.yaml",
    "..\\x.yaml",
    "a\0.yaml",
    "",
    ".",
  ];
  for (const path of paths) {
    const query = encodeURIComponent(path);
    for (const address of [
      `/api/scene?path=${query}`,
      `/api/media?path=${query}`,
      `/api/output?path=${query}`,
    ]) {
      const answer = await studio.send(address);
      expect(answer.status, address).toBeGreaterThanOrEqual(400);
      expect(answer.status, address).toBeLessThan(500);
      expect(answer.body.toString()).not.toContain("secret: 1");
    }
  }
  expect((await studio.send("/api/media?path=link.png")).status).toBe(403);
  for (const path of [
    "/../package.json",
    "/%2e%2e/%2e%2e/package.json",
    "/..%2f..%2fpackage.json",
    "/assets/../../../package.json",
  ])
    expect((await studio.send(path)).body.toString(), path).not.toContain('"dreamreel"');
});

test("a scene's output is given out only where dreamreel made it", async () => {
  const target = join(outside, "secret.png");
  await writeFile(join(studio.folder, "thief.yaml"), smallScene.replace("out/small.mp4", target));
  expect((await studio.send("/api/output?path=thief.yaml")).status).toBe(404);
});

test("nothing outside the folder is written", async () => {
  for (const path of [
    "../new.yaml",
    join(outside, "new.yaml"),
    "linked/new.yaml",
    "link.yaml",
    "small.txt",
    "media/tone.wav",
  ]) {
    const status = (await studio.send(...put(path))).status;
    expect(status, path).toBe(403);
  }
  expect((await readdir(outside)).sort()).toEqual(["secret.png", "secret.yaml"]);
  expect(await readFile(join(outside, "secret.yaml"), "utf8")).toBe("secret: 1\n");
});

const upload = (
  name: string,
  body: string | Uint8Array,
  headers = {},
): ReturnType<TestStudio["send"]> =>
  studio.send(`/api/files?name=${encodeURIComponent(name)}`, { method: "POST", body, headers });

test("an upload never replaces a file, and its name leads nowhere", async () => {
  expect((await upload("photo.png", "one")).json()).toEqual({ path: "photo.png" });
  expect((await upload("photo.png", "two")).json()).toEqual({ path: "photo-2.png" });
  expect(await readFile(join(studio.folder, "photo.png"), "utf8")).toBe("one");
  expect((await upload("../../../up/../evil one$(x).png", "x")).json()).toEqual({
    path: "evil-one-x.png",
  });
  expect((await upload(".hidden.png", "x")).json()).toEqual({ path: "hidden.png" });
  for (const name of ["page.html", "picture.svg", "run.sh", "scene.yaml", "none", "x.png.exe"])
    expect((await upload(name, "x")).status, name).toBe(415);
});

test("an upload that is too large, or breaks off, leaves nothing behind", async () => {
  const before = await readdir(studio.folder);
  expect((await upload("large.png", "x".repeat(1001))).status).toBe(413);
  const chunked = await upload("large.png", "x".repeat(5000), { "transfer-encoding": "chunked" });
  expect(chunked.status).toBe(413);
  expect((await upload("empty.png", "")).status).toBe(400);
  const { port } = studio.studio;
  const head = [
    "POST /api/files?name=half.png HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    `Origin: http://127.0.0.1:${port}`,
    `Cookie: ${studio.cookie}`,
    "Content-Length: 900",
  ];
  const socket = createConnection({ host: "127.0.0.1", port });
  socket.write(`${head.join("\r\n")}\r\n\r\nhalf`);
  const partial = async (): Promise<number> =>
    (await readdir(studio.folder)).filter((name) => name.endsWith(".partial")).length;
  await vi.waitUntil(async () => (await partial()) === 1);
  socket.destroy();
  await vi.waitUntil(async () => (await partial()) === 0);
  expect(await readdir(studio.folder)).toEqual(before);
});

test("bodies that are too large or no JSON are refused, and the server goes on", async () => {
  const huge = await studio.send("/api/check", {
    method: "POST",
    headers: json,
    body: `"${"x".repeat(9 << 20)}"`,
  });
  expect(huge.status).toBe(413);
  const broken = await studio.send("/api/check", { method: "POST", headers: json, body: "{" });
  expect(broken.status).toBe(400);
  const wrong = await studio.send("/api/look", {
    method: "POST",
    headers: json,
    body: '{"width":1e9}',
  });
  expect(wrong.status).toBe(400);
  expect((await studio.send("/api/scenes")).status).toBe(200);
});

test("names are made safe on every system", () => {
  expect(safeName("C:\\Users\\me\\Föhn über 日本.jpg", "file")).toBe("Föhn-über-日本.jpg");
  expect(safeName("CON.png", "file")).toBe("file.png");
  expect(safeName("...", "file")).toBe("file");
  expect(safeName("a\u202egnp.exe.png", "file")).toBe("a-gnp.exe.png");
  expect(safeName(`${"x".repeat(300)}.png`, "file")).toBe(`${"x".repeat(80)}.png`);
});
