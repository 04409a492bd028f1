/** onnxruntime sends and stores nothing about its use. What it stores shows whether its telemetry runs. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../../helpers/media.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const source = (path: string): string =>
  JSON.stringify(new URL(`../../../src/${path}`, import.meta.url).href);

/** Files that a program writes into its home and temporary folders. */
async function filesOf(name: string, program: string): Promise<string[]> {
  const home = join(folder.path, name);
  await mkdir(home);
  // It is silent in continuous integration.
  const hidden = Object.fromEntries(
    ["CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "GITHUB_ACTIONS"].map((own) => [own]),
  );
  const env = { ...process.env, ...hidden, HOME: home, XDG_CACHE_HOME: home, TMPDIR: home };
  const { stdout } = await execa(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", program],
    { env, extendEnv: false },
  );
  expect(stdout).toBe("done");
  const all = await readdir(home, { recursive: true });
  return all.filter((file) => /mat-debug|onnxruntime|deviceid/i.test(file));
}

const alone = `
const { GraphBuilder } = await import(${source("graph/builder.ts")});
const { writeOnnx } = await import(${source("graph/onnx/file.ts")});
const ort = await import("onnxruntime-node");
const b = new GraphBuilder();
b.output(b.op("Identity", [b.input("x", [1])]), [1]);
await ort.InferenceSession.create(writeOnnx(b.build()));
console.log("done");`;

const dreams = (engine: string): string => `
const { loadNetwork } = await import(${source("index.ts")});
const network = await loadNetwork("pocket", ${engine});
const picture = { data: new Float32Array(3 * 32 * 32).fill(0.5), height: 32, width: 32 };
await network.dream(picture, { octaves: 1, iterations: 1 });
await network.dispose();
console.log("done");`;

const probes = `
const { probeEngine } = await import(${source("runtime/select/probe-engine.ts")});
await probeEngine("webgpu");
console.log("done");`;

test.runIf(process.platform === "linux")("the test sees onnxruntime's telemetry", async () => {
  expect(await filesOf("alone", alone)).not.toEqual([]);
});

test.each([
  ["dreams on the main thread", dreams(`{ engine: "cpu" }`)],
  ["dreams in a thread", dreams(`{ engine: "cpu", worker: true }`)],
  ["looks for a GPU", probes],
])("there is no telemetry when dreamreel %s", async (name, program) => {
  expect(await filesOf(name, program)).toEqual([]);
});
