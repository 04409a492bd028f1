import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dreamreel } from "../helpers/command.ts";
import { temporaryFolder } from "../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await temporaryFolder();
  // No way out: whatever would be downloaded fails at once.
  env = { DREAMREEL_CACHE: folder.path, HTTPS_PROXY: "http://127.0.0.1:1" };
});
afterAll(() => folder.remove());

describe("models", () => {
  test("list shows name, size, licence and what is there", async () => {
    const { stdout, exitCode } = await dreamreel(["models", "list"], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^pocket +bundled/m);
    expect(stdout).toMatch(/^googlenet +29 MB +BSD-3-Clause +BVLC GoogLeNet/m);
    const rows = JSON.parse((await dreamreel(["models", "--json"], { env })).stdout);
    expect(rows[1]).toMatchObject({ name: "googlenet", state: "" });
  });

  test("path tells where a file is or would be", async () => {
    const { stdout } = await dreamreel(["models", "path", "googlenet"], { env });
    expect(stdout).toBe(join(folder.path, "googlenet-12.onnx"));
    expect((await dreamreel(["models", "path", "pocket"], { env })).stdout).toMatch(
      /pocket\.onnx$/,
    );
  });

  test("pull goes through the proxy of the environment, and says how to do without", async () => {
    const { exitCode, stderr } = await dreamreel(["models", "pull", "squeezenet"], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DOWNLOAD_FAILED: cannot download the network "squeezenet"/);
    expect(stderr).toMatch(/127\.0\.0\.1:1/);
    expect(stderr).toContain(`put it at ${join(folder.path, "squeezenet1.1-7.onnx")}`);
  });

  test("remove says whether there was one; unknown names are refused", async () => {
    expect((await dreamreel(["models", "remove", "vgg19"], { env })).stdout).toMatch(/not in the/);
    const { exitCode, stderr } = await dreamreel(["models", "pull", "vgg20"], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/did you mean "vgg19"/);
  });
});
