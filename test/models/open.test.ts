import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dreamer } from "../../src/dream/dreamer.ts";
import type { Frame } from "../../src/frame.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { cutAt } from "../../src/graph/cut.ts";
import type { FloatTensor, Graph } from "../../src/graph/graph.ts";
import { writeOnnx } from "../../src/graph/onnx/file.ts";
import { openNetwork } from "../../src/models/open.ts";
import { caffePreprocess, prependPreprocess } from "../../src/models/preprocess.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { temporaryFolder } from "../helpers/media.ts";
import { randomFrame, tinyNetwork } from "../helpers/network.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;
const engine = createOrtEngine("cpu");
beforeAll(async () => {
  folder = await temporaryFolder();
  file = join(folder.path, "tiny.onnx");
  const { graph } = tinyNetwork(3);
  // With a fixed size, as exporters write it.
  await writeFile(
    file,
    writeOnnx({ ...graph, inputs: [{ name: "frame", type: "float32", dims: [1, 3, 32, 32] }] }),
  );
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

const plain = { channels: "RGB", scale: "0..1", mean: [0, 0, 0], std: [1, 1, 1] } as const;

describe("a network from a file", () => {
  test("dreams at any size, with its layers, classes and labels", async () => {
    const labels = join(folder.path, "words.txt");
    await writeFile(labels, "goldfish\n\nking penguin\r\ntabby\npier\n");
    const network = await openNetwork({ file, preprocess: plain, labels });
    expect(network).toMatchObject({
      nativeSize: 32,
      logits: "logits",
      labels: ["goldfish", "king penguin", "tabby", "pier"],
    });
    expect(network.layers.find(({ name }) => name === "high")).toMatchObject({
      op: "Relu",
      channels: 8,
      stride: 2,
    });
    const frame = randomFrame(1, 21, 37);
    const own = await new Dreamer(network, engine).gradient(frame, { layers: { high: 1 } });
    const direct = await new Dreamer(tinyNetwork(3), engine).gradient(frame, {
      layers: { high: 1 },
    });
    expect(own.loss).toBeCloseTo(direct.loss, 5);
  });

  test("with channels last gives the same values as one with channels first", async () => {
    const { graph } = tinyNetwork(3);
    const b = new GraphBuilder({ ...graph, inputs: [] });
    const last = b.input("images:0", [1, 32, 32, 3]);
    b.opNamed("Transpose", [last], { perm: [0, 3, 1, 2] }, "frame");
    const lastFile = join(folder.path, "last.onnx");
    await writeFile(lastFile, writeOnnx(b.build()));
    const frame = randomFrame(1, 20, 26);
    const both = await Promise.all(
      [file, lastFile].map(async (path) => {
        const network = await openNetwork({ file: path, preprocess: plain });
        return new Dreamer(network, engine).gradient(frame, { layers: { high: 1 } });
      }),
    );
    expect(both[1]!.loss).toBeCloseTo(both[0]!.loss, 6);
    for (const [i, g] of both[1]!.gradient.entries())
      expect(g).toBeCloseTo(both[0]!.gradient[i]!, 6);
  });

  test("whose inner values are also outputs is opened, at dynamic and at fixed sizes", async () => {
    const { graph } = tinyNetwork(3);
    // If an exporter writes all shapes, onnxruntime infers shapes and compares those of the outputs.
    const nodes = graph.nodes.map((node) =>
      node.op === "Conv"
        ? { ...node, attributes: { kernel_shape: [3, 3], dilations: [1, 1], ...node.attributes } }
        : node,
    );
    for (const [height, width] of [["h", "w"] as const, [32, 32] as const]) {
      const outputs = ["low", "high", "logits"].map((name) => {
        const dims = name === "logits" ? [1, 4] : [1, "c", "oh", "ow"];
        return { name, type: "float32" as const, dims };
      });
      const inputs = [{ name: "frame", type: "float32" as const, dims: [1, 3, height, width] }];
      const extractor = join(folder.path, "extractor.onnx");
      await writeFile(extractor, writeOnnx({ ...graph, nodes, inputs, outputs }));
      const network = await openNetwork({ file: extractor, preprocess: plain });
      const [own, direct] = await Promise.all(
        [network, tinyNetwork(3)].map((opened) =>
          new Dreamer(opened, engine).gradient(randomFrame(1, 21, 37), {
            layers: { low: 1, high: 1 },
          }),
        ),
      );
      expect(own!.loss).toBeCloseTo(direct!.loss, 5);
    }
  });

  test("reports what it guessed of the preprocessing, and only that", async () => {
    const notices: string[] = [];
    await openNetwork(
      { file, preprocess: { channels: "RGB", scale: "0..1" } },
      { onNotice: (text) => notices.push(text) },
    );
    expect(notices).toEqual([expect.stringMatching(/guessed mean 0.485, 0.456, 0.406; std/)]);
    await openNetwork({ file, preprocess: plain }, { onNotice: (text) => notices.push(text) });
    expect(notices).toHaveLength(1);
  });

  test("that onnxruntime refuses is invalid, with the reason, before the first dream", async () => {
    const { graph } = tinyNetwork(3);
    const spoiled = join(folder.path, "spoiled.onnx");
    const nodes = graph.nodes.map((node) =>
      node.op === "Relu" ? { ...node, attributes: { epsilon: 1 } } : node,
    );
    await writeFile(spoiled, writeOnnx({ ...graph, nodes }));
    await expect(openNetwork({ file: spoiled, preprocess: plain })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      where: spoiled,
      message: expect.stringMatching(
        /^onnxruntime refuses .*Unrecognized attribute: epsilon.*Relu/,
      ),
      hint: expect.stringMatching(/onnx\.checker/),
    });
  });

  test("that is missing, not ONNX, or unknown by name is refused", async () => {
    const text = join(folder.path, "text.onnx");
    await writeFile(text, "not a network");
    await expect(openNetwork({ file: `${file}x` })).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
    });
    await expect(openNetwork({ file: text })).rejects.toMatchObject({ code: "MODEL_INVALID" });
    await expect(openNetwork({ name: "pokcet" })).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      message: expect.stringMatching(/did you mean "pocket"/),
    });
    await expect(
      openNetwork({ file, preprocess: plain, labels: `${file}y` }),
    ).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});

describe("preprocessing", () => {
  const identity: Graph = {
    nodes: [{ op: "Relu", name: "r", inputs: ["data"], outputs: ["y"], attributes: {} }],
    initializers: new Map(),
    inputs: [{ name: "data", type: "float32", dims: [1, 3, "h", "w"] }],
    outputs: [{ name: "y", type: "float32", dims: [] }],
    opset: 18,
  };
  const frame: Frame = { data: Float32Array.of(1, 0.9, 0.8), height: 1, width: 1 };

  async function apply(graph: Graph): Promise<number[]> {
    const session = await engine.load(cutAt(graph, ["y"]));
    const results = await session.run({
      [graph.inputs[0]!.name]: { type: "float32", dims: [1, 3, 1, 1], data: frame.data },
    });
    return [...(results.y as FloatTensor).data];
  }

  test("of Caffe swaps the channels and subtracts the mean", async () => {
    expect(await apply(prependPreprocess(identity, caffePreprocess))).toEqual(
      [100, 112.5, 132].map((v) => expect.closeTo(v, 2)),
    );
  });

  test("in RGB scales and shifts each channel", async () => {
    const preprocess = {
      channels: "RGB",
      scale: "0..1",
      mean: [0.5, 0.4, 0.3],
      std: [0.5, 0.25, 0.1],
    } as const;
    expect(await apply(prependPreprocess(identity, preprocess))).toEqual(
      [1, 2, 5].map((v) => expect.closeTo(v, 4)),
    );
  });

  test("refuses a graph that does not take pictures", () => {
    const odd = {
      ...identity,
      inputs: [{ name: "data", type: "float32" as const, dims: [1, 10] }],
    };
    expect(() => prependPreprocess(odd, plain)).toThrow(
      expect.objectContaining({ code: "MODEL_INVALID" }),
    );
  });
});
