import { DreamError } from "../../errors.ts";
import { gradientPrefix } from "../../graph/vjp/backward.ts";
import type { Engine } from "../engine.ts";
import { GraphRefused } from "./error.ts";

/**
 * `engine` for graphs that are made of the network of this name. Where onnxruntime refuses one of them, or stops at a node, sessions throw
 * `MODEL_INVALID`, or `MODEL_UNSUPPORTED_OP` where it is the gradient of a node that fails; both name network and node.
 * Disposing it disposes `engine`.
 */
export function engineFor(network: string, engine: Engine): Engine {
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw error instanceof GraphRefused ? refusal(network, error) : error;
    }
  };
  const { name, backend } = engine;
  return {
    name,
    ...(backend === undefined ? {} : { backend }),
    load: async (graph, options) => {
      const session = await named(engine.load(graph, options));
      return { run: (feeds) => named(session.run(feeds)), dispose: () => session.dispose() };
    },
    loadOnDevice: async (graph, options) => {
      const session = await named(engine.loadOnDevice(graph, options));
      return {
        run: (scope, feeds) => named(session.run(scope, feeds)),
        dispose: () => session.dispose(),
      };
    },
    upload: (scope, dims, data) => engine.upload(scope, dims, data),
    get openTensors() {
      return engine.openTensors;
    },
    dispose: () => engine.dispose(),
  };
}

function refusal(where: string, cause: GraphRefused): DreamError {
  const { node, reason } = cause;
  const report = "Does onnx.checker take it? If it does, please report this with the network.";
  if (node?.name.startsWith(gradientPrefix)) {
    const of = node.name.slice(gradientPrefix.length);
    return new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `the gradient of ${of} cannot be computed: onnxruntime refuses it: ${reason}`,
      { where, hint: `Layers before it can be used. ${report}`, cause },
    );
  }
  const at = node ? ` at ${node.op} "${node.name}"` : "";
  return new DreamError("MODEL_INVALID", `onnxruntime refuses the network${at}: ${reason}`, {
    where,
    hint: node ? `Layers before it may work. ${report}` : report,
    cause,
  });
}
