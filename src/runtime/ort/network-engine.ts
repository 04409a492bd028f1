import { DreamError } from "../../errors.ts";
import { gradientPrefix } from "../../graph/vjp/backward.ts";
import type { Engine } from "../engine.ts";
import { GraphRefused } from "./error.ts";

/**
 * `engine` for graphs built from the network of this name. If onnxruntime refuses such a graph or fails at a node,
 * sessions throw `MODEL_INVALID`, or `MODEL_UNSUPPORTED_OP` if the gradient of a node fails. Both name the network
 * and the node. Disposing it disposes `engine`.
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
  const report =
    "Check the file with onnx.checker. If it passes, please report this with the network.";
  if (node?.name.startsWith(gradientPrefix)) {
    const of = node.name.slice(gradientPrefix.length);
    return new DreamError(
      "MODEL_UNSUPPORTED_OP",
      `onnxruntime refuses the gradient of ${of}: ${reason}`,
      { where, hint: `Layers before it are supported. ${report}`, cause },
    );
  }
  const at = node ? ` at ${node.op} "${node.name}"` : "";
  return new DreamError("MODEL_INVALID", `onnxruntime refuses the network${at}: ${reason}`, {
    where,
    hint: node ? `Layers before it may work. ${report}` : report,
    cause,
  });
}
