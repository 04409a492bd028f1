import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { probeEngine } from "../../../src/runtime/select/probe-engine.ts";
import { temporaryFolder } from "../../helpers/media.ts";
import { missingWebGpu } from "../../helpers/webgpu.ts";

const folder = await temporaryFolder();
afterAll(() => folder.remove());
const missing = await missingWebGpu();

/** A module that replaces onnxruntime: `create` runs when a session is created, `run` when it runs. */
async function stub(name: string, create: string, run = ""): Promise<string> {
  const file = join(folder.path, `${name}.cjs`);
  const session = `{ run: async () => { ${run} }, release: async () => { process.kill(process.pid, "SIGKILL"); } }`;
  const code = [
    'process.stderr.write("a driver\'s last words\\n"); process.stdout.write("noise");',
    "exports.Tensor = class {};",
    `exports.InferenceSession = { async create(bytes) { ${create}; return ${session}; } };`,
  ];
  await writeFile(file, code.join("\n"));
  return file;
}

describe("a probe of an engine", () => {
  test("that crashes reports the signal and the driver's message", async () => {
    // The process ends at once and prints nothing, as when a driver crashes it.
    for (const [create, run] of [
      ['process.kill(process.pid, "SIGKILL")', ""],
      ["", 'process.kill(process.pid, "SIGKILL")'],
    ] as const) {
      const diagnosis = await probeEngine("webgpu", { runtime: await stub("crash", create, run) });
      expect(diagnosis?.what).toMatch(/^its driver crashed \(.+\): a driver's last words$/);
      expect(diagnosis?.hint).toMatch(/driver.*engine: cpu/);
    }
  });

  test("that hangs is stopped", async () => {
    const runtime = await stub("hang", "for (;;);");
    const diagnosis = await probeEngine("cuda", { runtime, timeoutMs: 1000 });
    expect(diagnosis?.what).toMatch(/^its driver did not respond within 1 s/);
  });

  test("that fails has the same diagnosis as in a render", async () => {
    const failure = "Failed to get a WebGPU adapter: No supported adapters";
    const runtime = await stub("fail", `throw new Error("${failure}")`);
    const diagnosis = await probeEngine("webgpu", { runtime });
    if (process.platform === "linux" && process.arch === "x64")
      expect(diagnosis?.what).toBe("there is no GPU adapter");
    expect(diagnosis?.hint).toMatch(/engine: cpu/);
  });

  test("that answers succeeds, even if its process ends with an error", async () => {
    const runtime = await stub("works", 'if (bytes.length < 50) throw new Error("no graph")');
    expect(await probeEngine("webgpu", { runtime })).toBeUndefined();
  });

  test.skipIf(missing)(
    `runs what it is given on WebGPU${missing ? `: ${missing}` : ""}`,
    async () => {
      expect(await probeEngine("webgpu")).toBeUndefined();
    },
  );
});
