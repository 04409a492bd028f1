import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../src/dream/random.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { type FloatTensor, floatTensor, type Graph } from "../../../src/graph/graph.ts";
import { writeOnnx } from "../../../src/graph/onnx/file.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { OrtWorker } from "../../../src/runtime/ort/worker.ts";

/** Convolutions that take some tens of milliseconds on one core. */
function heavy(): Graph {
  const b = new GraphBuilder();
  const [dims, random] = [[1, 32, 96, 96], createRandom(1)];
  let x = b.input("x", dims);
  const weights = floatTensor([32, 32, 5, 5]);
  for (let i = 0; i < weights.data.length; i++) weights.data[i] = (random() - 0.5) / 20;
  const kernel = b.constant(weights);
  for (let i = 0; i < 8; i++) x = b.op("Conv", [x, kernel], { pads: [2, 2, 2, 2] });
  b.opNamed("Identity", [x], {}, "y").output("y", dims);
  return b.build();
}

function input(): FloatTensor {
  const random = createRandom(2);
  return floatTensor(
    [1, 32, 96, 96],
    Array.from({ length: 32 * 96 * 96 }, () => random()),
  );
}

describe("an engine in a worker thread", () => {
  test("gives bit-identical results and does not block this thread", async () => {
    const ticksDuring = async (worker: boolean): Promise<[number, Buffer]> => {
      const engine = createOrtEngine("cpu", { threads: 1, worker });
      const session = await engine.load(heavy());
      let ticks = 0;
      const ticking = setInterval(() => ticks++, 1);
      const { y } = await session.run({ x: input() });
      clearInterval(ticking);
      await engine.dispose();
      return [ticks, Buffer.from(y!.data.buffer)];
    };
    const [here, expected] = await ticksDuring(false);
    const [there, found] = await ticksDuring(true);
    expect(found.equals(expected)).toBe(true);
    expect(here).toBeLessThan(3);
    expect(there).toBeGreaterThan(5);
  });

  test("finishes running work before it is disposed, and refuses later work", async () => {
    const engine = createOrtEngine("cpu", { worker: true });
    const session = await engine.load(heavy());
    const running = session.run({ x: input() });
    await engine.dispose();
    expect((await running).y!.dims).toEqual([1, 32, 96, 96]);
    await expect(session.run({ x: input() })).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(/onnxruntime \(cpu\) failed: its thread was ended/),
    });
  });

  test("lets the process exit when idle, but not while it works", () => {
    const at = (file: string): string => JSON.stringify(join(import.meta.dirname, file));
    const code = `
      import { createOrtEngine } from ${at("../../../src/runtime/ort/engine.ts")};
      import { GraphBuilder } from ${at("../../../src/graph/builder.ts")};
      const b = new GraphBuilder();
      b.output(b.op("Add", [b.input("x", [1]), b.scalar(1)], {}, "y"), [1]);
      const session = await createOrtEngine("cpu", { worker: true }).load(b.build());
      const { y } = await session.run({ x: { type: "float32", dims: [1], data: new Float32Array(1) } });
      process.stdout.write(String(y.data));`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", code],
      { encoding: "utf8", timeout: 30_000 },
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "1", stderr: "" });
  });
});

describe("a worker that ends", () => {
  /** A worker that runs `code` on its first request. */
  const workerThat = (code: string): OrtWorker => {
    const script = `import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { ${code} });`;
    return new OrtWorker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
  };

  test.each([
    ["throws", `throw new Error("Array buffer allocation failed")`, /died: Array buffer/],
    ["exits", "process.exit(7)", /died: exit code 7/],
  ])("because it %s fails pending and later requests", async (_, code, message) => {
    const worker = workerThat(code);
    const asked = [worker.create(new Uint8Array(1), {}), worker.create(new Uint8Array(1), {})];
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: expect.any(Error) });
      expect((outcome as PromiseRejectedResult).reason.message).toMatch(message);
    }
    await expect(worker.create(new Uint8Array(1), {})).rejects.toThrow(message);
    await worker.dispose();
  });

  test("on request answers pending requests first", async () => {
    const worker = new OrtWorker();
    const session = await worker.create(writeOnnx(heavy()), {});
    const { dims, data } = input();
    const running = session.run({ x: new Tensor("float32", data, dims) });
    await worker.dispose();
    expect((await running).y!.dims).toEqual(dims);
    await expect(session.run({ x: new Tensor("float32", data, dims) })).rejects.toThrow(
      /its thread was ended/,
    );
    await session.release();
  });
});
