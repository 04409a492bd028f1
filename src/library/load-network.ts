import type { EngineChoice } from "../choices.ts";
import { DreamError } from "../errors.ts";
import { throwIfInterrupted, unlessInterrupted } from "../interrupt.ts";
import { bundledNames } from "../models/bundled.ts";
import { findEntry } from "../models/catalogue.ts";
import { type DownloadOptions, pull } from "../models/download.ts";
import { openNetwork } from "../models/open.ts";
import type { Preprocess } from "../models/preprocess.ts";
import { isNetworkFile } from "../network.ts";
import { selectEngine } from "../runtime/select/select-engine.ts";
import { type LoadedNetwork, networkOn } from "./network.ts";

export interface LoadOptions {
  /** Default `auto`: WebGPU if a GPU is clearly faster, else the CPU. */
  readonly engine?: EngineChoice;
  /** Number of CPU threads; default: the number of cores. */
  readonly threads?: number;
  /** Compute on the CPU in a worker thread, so that this thread stays free for other events. Default false. */
  readonly worker?: boolean;
  /** For an .onnx file. If absent, it is guessed, and `onNotice` reports the guess. */
  readonly preprocess?: Partial<Preprocess>;
  /** For an .onnx file: a text file with one class name per line. */
  readonly labels?: string;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
}

/**
 * Load a network: the bundled `pocket`, a downloaded network of the catalogue, or an .onnx file by its path. Throws
 * `MODEL_NOT_FOUND`, `MODEL_INVALID`, `ENGINE_UNAVAILABLE`, `INTERRUPTED`; `USAGE` if the name of a network is combined
 * with options for files.
 */
export async function loadNetwork(
  nameOrFile: string,
  options: LoadOptions = {},
): Promise<LoadedNetwork> {
  const { engine = "auto", preprocess, labels, signal, onNotice, ...cpu } = options;
  const own = { ...(preprocess && { preprocess }), ...(labels && { labels }) };
  const isFile = isNetworkFile(nameOrFile);
  if (!isFile && Object.keys(own).length > 0) {
    throw new DreamError("USAGE", `${Object.keys(own).join(" and ")} are for .onnx files`, {
      hint: `The preprocessing and labels of the network "${nameOrFile}" are known. Name a file by its path, such as ./${nameOrFile}.onnx.`,
    });
  }
  throwIfInterrupted(signal);
  const spec = isFile ? { file: nameOrFile, ...own } : { name: nameOrFile };
  const opening = openNetwork(spec, { onNotice });
  const network = await unlessInterrupted(signal, opening);
  const selecting = selectEngine(engine, cpu);
  return networkOn(await unlessInterrupted(signal, selecting, (late) => late.dispose()), network);
}

/**
 * Download a network of the catalogue if it is not in the cache. An interrupted download is resumed. Throws
 * `MODEL_NOT_FOUND`, `DOWNLOAD_FAILED`, `DISK_FULL`, `INTERRUPTED`.
 */
export async function downloadNetwork(name: string, options: DownloadOptions = {}): Promise<void> {
  if (!bundledNames.includes(name)) await pull(await findEntry(name), options);
}
