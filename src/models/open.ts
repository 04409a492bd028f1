import { createHash } from "node:crypto";
import { basename } from "node:path";
import { readFileBytes } from "../disk/read-file.ts";
import { DreamError, messageOf } from "../errors.ts";
import { makeSizeDynamic } from "../graph/dynamic-size/make-size-dynamic.ts";
import type { Graph } from "../graph/graph.ts";
import { onForeignGraph } from "../graph/onnx/check-graph.ts";
import { readOnnx } from "../graph/onnx/file.ts";
import { simplify } from "../graph/onnx/simplify.ts";
import type { ExternalReader } from "../graph/onnx/tensor.ts";
import { inferShapes } from "../graph/shapes/infer-shapes.ts";
import type { Network, NetworkDefaults } from "../network.ts";
import { peerNames } from "./aliases.ts";
import { bundledNames, type ModelCard, openBundled } from "./bundled.ts";
import { verifiedPath } from "./cache.ts";
import { findEntry, imagenetLabels } from "./catalogue.ts";
import { checkAccepted } from "./check-accepted.ts";
import { externalReader } from "./external-data.ts";
import { readLabels } from "./labels.ts";
import { listLayers } from "./layers.ts";
import { middleLayer } from "./middle-layer.ts";
import {
  caffePreprocess,
  describePreprocess,
  imagenetPreprocess,
  type Preprocess,
  prependPreprocess,
} from "./preprocess.ts";

/** A bundled network's name, or an .onnx file with what is known about it. */
export type ModelSpec =
  | { readonly name: string }
  | { readonly file: string; readonly preprocess?: Partial<Preprocess>; readonly labels?: string };

export interface OpenOptions {
  /** Called with a message for each guess. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Read a network and prepare it for dreaming: constants folded, any picture size, preprocessing included. Throws
 * `MODEL_NOT_FOUND`, `MODEL_INVALID` (not ONNX, not an image network, refused by onnxruntime),
 * `MODEL_UNSUPPORTED_OP`, `NOT_A_FILE`, `TOO_LARGE`.
 */
export async function openNetwork(spec: ModelSpec, options: OpenOptions = {}): Promise<Network> {
  if ("name" in spec) {
    if (bundledNames.includes(spec.name)) return openFromPackage(spec.name);
    return openFromCatalogue(spec.name);
  }
  const raw = await readGraph(spec.file);
  const preprocess = completePreprocess(
    spec.preprocess,
    raw.graph,
    basename(spec.file),
    options.onNotice,
  );
  const labels = spec.labels === undefined ? [] : await readLabels(spec.labels);
  const network = onForeignGraph(() => assemble(raw, spec.file, preprocess, labels));
  await checkAccepted(network, spec.file);
  return network;
}

const fromPackage = new Map<string, Promise<Network>>();

/** Networks of the package do not change: each is read once in a process. */
function openFromPackage(name: string): Promise<Network> {
  const known = fromPackage.get(name);
  if (known) return known;
  const opened = openBundled(name).then(async ({ file, card }) =>
    assemble(await readGraph(file), name, card.preprocess, await imagenetLabels(), card),
  );
  fromPackage.set(name, opened);
  opened.catch(() => fromPackage.delete(name));
  return opened;
}

/** Networks are downloaded only on request, never during a render. */
async function openFromCatalogue(name: string): Promise<Network> {
  const entry = await findEntry(name);
  const file = await verifiedPath(entry);
  if (file === undefined) {
    const size = Math.ceil(entry.bytes / 1e6);
    throw new DreamError("MODEL_NOT_FOUND", `the network "${name}" is not downloaded yet`, {
      hint: `Run "dreamreel models pull ${name}" to download it (${size} MB).`,
    });
  }
  return assemble(await readGraph(file), name, entry.preprocess, await imagenetLabels());
}

/** Protocol buffers are limited to two gigabytes; larger networks use external data files. */
export const maxNetworkBytes = 2 ** 31;

/** A network's file, unprocessed. */
interface RawNetwork {
  readonly graph: Graph;
  readonly sha256: string;
}

async function readGraph(file: string): Promise<RawNetwork> {
  let bytes: Buffer;
  try {
    bytes = await readFileBytes(file, { maxBytes: maxNetworkBytes });
  } catch (error) {
    if (error instanceof DreamError) throw error;
    throw new DreamError("MODEL_NOT_FOUND", `cannot read the network: ${messageOf(error)}`, {
      where: file,
      hint: 'Give the path of an .onnx file, or "pocket", the network that comes with dreamreel.',
      cause: error,
    });
  }
  const hash = createHash("sha256").update(bytes);
  const readExternal = externalReader(file);
  const external: ExternalReader = (...where) => {
    const data = readExternal(...where);
    hash.update(data);
    return data;
  };
  const graph = onForeignGraph(() => readOnnx(bytes, { name: file, external }));
  return { graph, sha256: hash.digest("hex") };
}

/** Guess missing preprocessing and report it: a wrong guess causes weak, noisy dreams. */
function completePreprocess(
  given: Partial<Preprocess> | undefined,
  graph: Graph,
  name: string,
  onNotice: OpenOptions["onNotice"],
): Preprocess {
  const caffe =
    graph.nodes.some((n) => n.op === "LRN") ||
    /^(gpu_0\/)?data(_0)?$/.test(graph.inputs[0]?.name ?? "");
  const guess = caffe ? caffePreprocess : imagenetPreprocess;
  const result = { ...guess, ...given };
  const missing = (Object.keys(guess) as (keyof Preprocess)[]).filter(
    (key) => given?.[key] === undefined,
  );
  if (missing.length > 0) {
    const text = missing.map((key) => `${key} ${[result[key]].flat().join(", ")}`).join("; ");
    onNotice?.(
      `${name}: no preprocessing is given; guessed ${text} (as in ${caffe ? "Caffe's" : "torchvision's"} networks). ` +
        "If dreams are weak or noisy, the guess is wrong: set model.preprocess in the scene.",
    );
  }
  return result;
}

function assemble(
  { graph: raw, sha256 }: RawNetwork,
  name: string,
  preprocess: Preprocess,
  labels: readonly string[],
  card?: ModelCard,
): Network {
  const { graph: simple, aliases } = simplify(raw);
  const declared = raw.inputs[0]?.dims[2];
  const nativeSize = card?.size ?? (typeof declared === "number" && declared > 0 ? declared : 224);
  const graph = prependPreprocess(makeSizeDynamic(simple, nativeSize), preprocess);
  const shapes = inferShapes(graph, {
    [graph.inputs[0]!.name]: [1, 3, nativeSize, nativeSize],
  });
  const published = card ? new Map(Object.entries(card.aliases)) : peerNames(graph, shapes);
  const logits = findLogits(graph, shapes);
  const layers = listLayers(graph, nativeSize, published, card?.layers);
  const middle = middleLayer(graph, layers);
  const own: NetworkDefaults | undefined =
    card?.defaults ?? (middle === undefined ? undefined : { layers: { [middle]: 1 } });
  return {
    name,
    sha256,
    preprocess: describePreprocess(preprocess),
    graph,
    input: graph.inputs[0]!.name,
    layers,
    aliases: new Map([...aliases, ...published]),
    nativeSize,
    labels,
    logits,
    ...(own ? { defaults: own } : {}),
  };
}

/** The classifier's logits: the first output that is a vector of scores, before a softmax. */
function findLogits(
  graph: Graph,
  shapes: ReadonlyMap<string, readonly number[]>,
): string | undefined {
  const makers = new Map(graph.nodes.map((node) => [node.outputs[0]!, node]));
  const isScores = (name: string): boolean => {
    const dims = shapes.get(name) ?? [];
    return dims.length >= 2 && dims[1]! > 1 && dims.every((d, i) => i === 1 || d === 1);
  };
  const output = graph.outputs.find(({ name }) => isScores(name))?.name;
  if (output === undefined) return undefined;
  // Go back through softmax and the reshapes around it.
  let name = output;
  let scores = output;
  for (let node = makers.get(name); node; node = makers.get(name)) {
    if (node.op === "Softmax" || node.op === "LogSoftmax") scores = node.inputs[0]!;
    else if (!["Reshape", "Flatten", "Squeeze"].includes(node.op)) break;
    name = node.inputs[0]!;
  }
  const flattened = makers.get(scores);
  const before = flattened?.inputs[0];
  return flattened?.op === "Flatten" && before && isScores(before) ? before : scores;
}
