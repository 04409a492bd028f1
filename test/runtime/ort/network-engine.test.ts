import { afterAll, describe, expect, test } from "vitest";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { floatTensor, type Graph, intTensor } from "../../../src/graph/graph.ts";
import { createOrtEngine } from "../../../src/runtime/ort/engine.ts";
import { engineFor } from "../../../src/runtime/ort/network-engine.ts";
import { Scope } from "../../../src/runtime/scope.ts";

const engines = [createOrtEngine("cpu"), createOrtEngine("cpu", { worker: true })] as const;
afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

/** A graph that gathers positions of `x` given at run time. */
function picker(): Graph {
  const b = new GraphBuilder();
  const at = b.input("at", ["n"], "int64");
  b.node({
    op: "Gather",
    name: "mixed4a",
    inputs: [b.input("x", [2]), at],
    outputs: ["y"],
    attributes: {},
  });
  b.output("y", ["n"]);
  return b.build();
}

const wrong = { x: floatTensor([2]), at: intTensor([5]) };

describe.each([
  ["on this thread", engines[0]],
  ["in a worker thread", engines[1]],
])("the engine of a network %s", (_, plain) => {
  const engine = engineFor("nets/odd.onnx", plain);

  test("reports a failure of a run as MODEL_INVALID with network, layer and reason", async () => {
    const session = await engine.load(picker());
    const refused = {
      code: "MODEL_INVALID",
      where: "nets/odd.onnx",
      message: expect.stringMatching(/refuses the network at Gather "mixed4a": indices .*idx=5/),
      hint: expect.stringContaining("Layers before it may work"),
    };
    await expect(session.run(wrong)).rejects.toMatchObject(refused);
    const onDevice = await engine.loadOnDevice(picker());
    await expect(onDevice.run(new Scope(), wrong)).rejects.toMatchObject(refused);
    const { y } = await session.run({ ...wrong, at: intTensor([1]) });
    expect(y?.dims).toEqual([1]);
  });

  test("reports a failure of compilation as MODEL_INVALID", async () => {
    const b = new GraphBuilder();
    b.output(b.op("NoSuchOp", [b.input("x", [1])], {}, "y"), [1]);
    await expect(engine.load(b.build())).rejects.toMatchObject({
      code: "MODEL_INVALID",
      where: "nets/odd.onnx",
      message: expect.stringMatching(/NoSuchOp/),
    });
  });

  test("reports a lack of memory as TOO_LARGE and a feed of the wrong shape as SHAPE_MISMATCH", async () => {
    const b = new GraphBuilder();
    b.output(b.op("Expand", [b.scalar(1), b.input("shape", [1], "int64")], {}, "y"), ["n"]);
    const session = await engine.load(b.build());
    const huge = session.run({ shape: intTensor([2 ** 45]) });
    await expect(huge).rejects.toMatchObject({ code: "TOO_LARGE" });
    const none = session.run({});
    await expect(none).rejects.toMatchObject({ code: "SHAPE_MISMATCH" });
  });
});

test("names the node whose gradient cannot be computed", async () => {
  const b = new GraphBuilder();
  const x = b.input("x", [1, 2]);
  b.output(
    b.named('gradient of Conv "mixed4a" in ', () =>
      b.op("Gemm", [x, b.constant(floatTensor([3, 1]))], {}, "y"),
    ),
    [1, 1],
  );
  await expect(engineFor("odd.onnx", engines[0]).load(b.build())).rejects.toMatchObject({
    code: "MODEL_UNSUPPORTED_OP",
    message: expect.stringMatching(
      /^onnxruntime refuses the gradient of Conv "mixed4a" in y: .*Dimension/,
    ),
  });
});

test("does not blame the network for a worker that has ended", async () => {
  const own = createOrtEngine("cpu", { worker: true });
  const session = await engineFor("odd.onnx", own).load(picker());
  await own.dispose();
  await expect(session.run(wrong)).rejects.toMatchObject({ code: "INTERNAL" });
});
