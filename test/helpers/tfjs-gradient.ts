/**
 * Gradients by TensorFlow.js, which differentiates the forward graph itself, op by op. It shares no code with
 * `graph/vjp`, and its runtime is not onnxruntime.
 */
import { createRequire } from "node:module";
import type { GradConfig, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { buildSync } from "esbuild";
import { type FloatTensor, floatTensor, type Graph, type Tensor } from "../../src/graph/graph.ts";
import {
  disposeResident,
  interpret,
  makeResident,
  type Resident,
} from "../../src/runtime/tfjs/interpret.ts";
import { loadTfjs, type Tfjs } from "../../src/runtime/tfjs/load.ts";
import { Value } from "../../src/runtime/tfjs/value.ts";

/**
 * The kernels for which TensorFlow.js has no gradient, with the names of their inputs. Their derivative is zero
 * everywhere, but TensorFlow.js requests it if the condition of a Where depends on the picture.
 */
const withoutGradient: Readonly<Record<string, readonly string[]>> = {
  Equal: ["a", "b"],
  Greater: ["a", "b"],
  Less: ["a", "b"],
  LessEqual: ["a", "b"],
  LogicalAnd: ["a", "b"],
  LogicalNot: ["x"],
  LogicalOr: ["a", "b"],
};

let loading: Promise<Tfjs> | undefined;

/** TensorFlow.js with its gradients, on a backend that has all kernels. */
export function tfjsWithGradients(): Promise<Tfjs> {
  loading ??= loadTfjs("cpu").then(({ tf }) => {
    registerGradients();
    for (const [kernelName, inputs] of Object.entries(withoutGradient)) {
      const gradFunc: GradConfig["gradFunc"] = (_, saved) =>
        Object.fromEntries(inputs.map((name, i) => [name, () => tf.zerosLike(saved[i]!)]));
      tf.registerGradient({ kernelName, inputsToSave: [...inputs], gradFunc });
    }
    return tf;
  });
  return loading;
}

/** Load the gradients, which the package registers in files that only a bundler can resolve. */
export function registerGradients(): void {
  const require = createRequire(import.meta.url);
  const entry = require.resolve("@tensorflow/tfjs-core/dist/register_all_gradients.js");
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    logLevel: "error",
  });
  new Function("require", outputFiles[0]!.text)(require);
}

/** d(Σ cotangent·output)/d `input` of `graph` at `feeds`, by TensorFlow.js alone. Cotangents are by output name. */
export async function tfjsGradient(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  input: string,
  cotangents: ReadonlyMap<string, FloatTensor>,
): Promise<FloatTensor> {
  const tf = await tfjsWithGradients();
  const resident = makeResident(tf, graph);
  const gradient = differentiate(graph, resident, feeds, input, cotangents);
  const data = Float32Array.from(await gradient.data());
  gradient.dispose();
  disposeResident(resident);
  return floatTensor(feeds[input]!.dims, data);
}

/** `tfjsGradient` on the device, with the caller's TensorFlow.js and backend. */
export function differentiate(
  graph: Graph,
  resident: Resident,
  feeds: Readonly<Record<string, Tensor>>,
  input: string,
  cotangents: ReadonlyMap<string, FloatTensor>,
): TfTensor {
  const { tf } = resident;
  const at = feeds[input] as FloatTensor;
  const loss = (x: TfTensor): TfTensor => {
    const values = new Map(
      Object.entries(feeds).map(([name, feed]) => [name, Value.ofHost(tf, feed)]),
    );
    values.set(input, Value.ofPlain(tf, x));
    const results = interpret(graph, resident, values, { differentiated: true });
    const terms = [...cotangents].map(([name, c]) =>
      tf.sum(tf.mul(results.get(name)!.plain, tf.tensor(c.data, [...c.dims]))),
    );
    return tf.addN(terms);
  };
  return tf.tidy(() => tf.grad(loss)(tf.tensor(at.data, [...at.dims])));
}
