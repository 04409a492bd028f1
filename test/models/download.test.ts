import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeCached, verifiedPath } from "../../src/models/cache.ts";
import { type CatalogueEntry, imagenetLabels, readCatalogue } from "../../src/models/catalogue.ts";
import { pull } from "../../src/models/download.ts";
import { openNetwork } from "../../src/models/open.ts";
import { temporaryFolder } from "../helpers/media.ts";

const content = randomBytes(300_000);
type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: Server;
let answers: Answer[];
/** First byte of each request: 0, or the start of its range. */
let asked: number[];

beforeEach(async () => {
  folder = await temporaryFolder();
  process.env.DREAMREEL_CACHE = join(folder.path, "cache");
  answers = [];
  asked = [];
  server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    asked.push(from);
    (answers.shift() ?? whole)(request, response, from);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});
afterEach(async () => {
  delete process.env.DREAMREEL_CACHE;
  server.closeAllConnections();
  server.close();
  await folder.remove();
});

const whole: Answer = (_, response, from) => {
  const rest = content.subarray(from);
  const total = content.length;
  const range = { "content-range": `bytes ${from}-${total - 1}/${total}` };
  response.writeHead(from > 0 ? 206 : 200, {
    "content-length": rest.length,
    ...(from > 0 ? range : {}),
  });
  response.end(rest);
};

/** Declare the full length, and close the connection after `count` more bytes. */
const breakOff =
  (count: number): Answer =>
  (_, response, from) => {
    const total = content.length;
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": total - from,
      "content-range": `bytes ${from}-${total - 1}/${total}`,
    });
    // The bytes must arrive before the connection is closed.
    response.write(content.subarray(from, from + count));
    setTimeout(() => response.destroy(), 100);
  };

const refuse =
  (status: number): Answer =>
  (_, response) => {
    response.writeHead(status);
    response.end();
  };

/** Send these bytes for any request. */
const send =
  (bytes: Buffer): Answer =>
  (_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.end(bytes);
  };

function entry(...paths: readonly string[]): CatalogueEntry {
  const { port } = server.address() as AddressInfo;
  return {
    name: "toy",
    file: "toy.onnx",
    sha256: createHash("sha256").update(content).digest("hex"),
    bytes: content.length,
    urls: (paths.length > 0 ? paths : ["/toy"]).map((path) => `http://127.0.0.1:${port}${path}`),
    preprocess: { channels: "RGB", scale: "0..1", mean: [0, 0, 0], std: [1, 1, 1] },
    license: "MIT",
    about: "",
  };
}

const cached = (): Promise<string[]> => readdir(join(folder.path, "cache"));

describe("pulling a network", () => {
  test("writes the file to the cache once, and reports progress", async () => {
    const seen: number[] = [];
    const path = await pull(entry(), { onProgress: (done) => seen.push(done) });
    expect(path).toBe(join(folder.path, "cache", "toy.onnx"));
    expect(await readFile(path)).toEqual(content);
    expect(seen.at(-1)).toBe(content.length);
    expect(await pull(entry())).toBe(path);
    expect(asked).toEqual([0]);
    expect((await cached()).sort()).toEqual(["toy.onnx", "toy.onnx.verified"]);
  });

  test("resumes an interrupted download", async () => {
    answers = [breakOff(100_000), breakOff(50_000)];
    expect(await readFile(await pull(entry()))).toEqual(content);
    expect(asked).toHaveLength(3);
    expect(asked[0]).toBe(0);
    expect(asked[1]).toBeGreaterThan(0);
    expect(asked[2]).toBeGreaterThan(asked[1]!);
  });

  test("resumes a failed download on the next call", async () => {
    answers = [breakOff(90_000), refuse(503)];
    await expect(pull(entry())).rejects.toMatchObject({ code: "DOWNLOAD_FAILED" });
    expect(await cached()).toEqual(["toy.onnx.partial"]);
    await pull(entry());
    expect(asked.at(-1)).toBeGreaterThan(0);
  });

  test("starts over if a server ignores ranges", async () => {
    answers = [breakOff(90_000), send(content)];
    expect(await readFile(await pull(entry()))).toEqual(content);
  });

  test("never accepts wrong bytes", async () => {
    const wrong = randomBytes(content.length);
    answers = [send(wrong), whole];
    expect(await readFile(await pull(entry("/bad", "/good")))).toEqual(content);

    await removeCached(entry());
    answers = [send(wrong)];
    await expect(pull(entry())).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/another sha256/),
    });
    expect(await cached()).toEqual([]);
  });

  test("starts over once if the parts come from different files", async () => {
    await pull(entry()).then(() => removeCached(entry()));
    await writeFile(join(folder.path, "cache", "toy.onnx.partial"), randomBytes(1000));
    expect(await readFile(await pull(entry()))).toEqual(content);
    expect(asked).toEqual([0, 1000, 0]);
  });

  test("stops at a server that sends too many bytes", async () => {
    answers = Array.from({ length: 4 }, () => send(Buffer.concat([content, content])));
    await expect(pull(entry())).rejects.toMatchObject({
      message: expect.stringMatching(/more than 300000 bytes|another sha256/),
    });
  });

  test("resumes or refuses a download of a wrong length, but never accepts it", async () => {
    answers = [send(content.subarray(0, 1000)), whole];
    expect(await readFile(await pull(entry()))).toEqual(content);
    expect(asked).toEqual([0, 1000]);
  });

  test("does not wait for the body of an error response", async () => {
    let gone = false;
    answers = [
      (_, response) => {
        response.writeHead(503);
        // An endless page.
        response.write("<html>".repeat(1000));
        response.on("close", () => {
          gone = true;
        });
      },
    ];
    const started = performance.now();
    expect(await readFile(await pull(entry("/bad", "/good")))).toEqual(content);
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(gone).toBe(true);
  });

  test("follows redirects", async () => {
    answers = [
      (_, response) => {
        response.writeHead(302, { location: "/elsewhere" });
        response.end();
      },
    ];
    expect(await readFile(await pull(entry()))).toEqual(content);
  });

  test("downloads once for two parallel calls", async () => {
    const [one, two] = await Promise.all([pull(entry()), pull(entry())]);
    expect(one).toBe(two);
    expect(asked).toEqual([0]);
    expect(await cached()).not.toContain("toy.onnx.lock");
  });

  test("takes over from a process that died", async () => {
    await pull(entry()).then(() => removeCached(entry()));
    const { hostname } = await import("node:os");
    // No process has this number.
    await writeFile(join(folder.path, "cache", "toy.onnx.lock"), `4194305 ${hostname()}`);
    await expect(pull(entry())).resolves.toMatch(/toy\.onnx$/);
  });

  test("keeps the downloaded bytes when interrupted", async () => {
    answers = [(_, response) => void response.writeHead(200).write(content.subarray(0, 70_000))];
    const controller = new AbortController();
    const stopped = pull(entry(), {
      signal: controller.signal,
      onProgress: () => controller.abort("closed"),
    });
    await expect(stopped).rejects.toMatchObject({ code: "INTERRUPTED", cause: "closed" });
    expect(await cached()).toEqual(["toy.onnx.partial"]);
  });

  test("without a connection reports where to put the file by hand", async () => {
    const offline = entry("/toy", "/other");
    await new Promise((closed) => server.close(closed));
    await expect(pull(offline)).rejects.toMatchObject({
      code: "DOWNLOAD_FAILED",
      message: expect.stringMatching(/toy: .*ECONNREFUSED[\s\S]*other: .*ECONNREFUSED/),
      hint: expect.stringContaining(`put it at ${join(folder.path, "cache", "toy.onnx")}`),
    });
    await writeFile(join(folder.path, "cache", "toy.onnx"), content);
    expect(await verifiedPath(offline)).toBeDefined();
  });
});

describe("the cache", () => {
  test("refuses a file that does not match the catalogue", async () => {
    const path = await pull(entry());
    await writeFile(path, randomBytes(content.length));
    await expect(verifiedPath(entry())).rejects.toMatchObject({ code: "MODEL_INVALID" });
    // Pulling again repairs it.
    await pull(entry());
    expect(await readFile(path)).toEqual(content);
  });

  test("removes a network", async () => {
    await pull(entry());
    expect(await removeCached(entry())).toBe(true);
    expect(await removeCached(entry())).toBe(false);
    expect(await cached()).toEqual([]);
  });
});

describe("the catalogue", () => {
  test("lists networks with everything needed to use them", async () => {
    const catalogue = await readCatalogue();
    expect(catalogue.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["googlenet", "vgg16", "resnet50", "inception-v3"]),
    );
    for (const { sha256, urls, preprocess } of catalogue) {
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(urls.every((url) => url.startsWith("https://"))).toBe(true);
      expect(preprocess.mean).toHaveLength(3);
    }
    expect(await imagenetLabels()).toHaveLength(1000);
  });

  test("reports what to do for networks that are unknown or not downloaded", async () => {
    await expect(openNetwork({ name: "googlenet" })).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      hint: expect.stringMatching(/dreamreel models pull googlenet" to download it \(29 MB\)/),
    });
    await expect(openNetwork({ name: "goglenet" })).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      message: expect.stringMatching(/did you mean "googlenet"/),
    });
  });
});
