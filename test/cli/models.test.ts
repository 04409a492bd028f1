import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dreamreel } from "../helpers/command.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await temporaryFolder();
  // The proxy refuses connections, so that every download fails at once.
  env = { DREAMREEL_CACHE: folder.path, HTTPS_PROXY: "http://127.0.0.1:1" };
});
afterAll(() => folder.remove());

describe("models", () => {
  test("list prints name, size, licence and state", async () => {
    const { stdout, exitCode } = await dreamreel(["models", "list"], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^pocket +bundled/m);
    expect(stdout).toMatch(/^googlenet +29 MB +BSD-3-Clause +BVLC GoogLeNet/m);
    const rows = JSON.parse((await dreamreel(["models", "--json"], { env })).stdout);
    expect(rows[1]).toMatchObject({ name: "googlenet", state: "" });
  });

  test("path prints where a file is or would be", async () => {
    const { stdout } = await dreamreel(["models", "path", "googlenet"], { env });
    expect(stdout).toBe(join(folder.path, "googlenet-12.onnx"));
    expect((await dreamreel(["models", "path", "pocket"], { env })).stdout).toMatch(
      /pocket\.onnx$/,
    );
  });

  test("pull uses the proxy of the environment, and reports how to get the file without it", async () => {
    const { exitCode, stderr } = await dreamreel(["models", "pull", "squeezenet"], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DOWNLOAD_FAILED: cannot download the network "squeezenet"/);
    expect(stderr).toMatch(/127\.0\.0\.1:1/);
    expect(stderr).toContain(`put it at ${join(folder.path, "squeezenet1.1-7.onnx")}`);
  });

  test("remove reports whether the network was in the cache, and unknown names are refused", async () => {
    expect((await dreamreel(["models", "remove", "vgg19"], { env })).stdout).toMatch(/not in the/);
    const { exitCode, stderr } = await dreamreel(["models", "pull", "vgg20"], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/did you mean "vgg19"/);
  });
});
