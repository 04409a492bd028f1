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
  /** Default `auto`: WebGPU where a GPU is clearly faster, else the CPU. */
  readonly engine?: EngineChoice;
  /** Threads that compute on the CPU, by default as many as there are cores. */
  readonly threads?: number;
  /** Compute on the CPU in a worker thread, so that this thread stays free for other events. Default false. */
  readonly worker?: boolean;
  /** For an .onnx file; guessed with a notice where absent. */
  readonly preprocess?: Partial<Preprocess>;
  /** For an .onnx file: a text file with one class name a line. */
  readonly labels?: string;
  readonly signal?: AbortSignal;
  readonly onNotice?: (message: string) => void;
}

/**
 * Load a network as a scene names it: the bundled `pocket`, one of the catalogue that has been downloaded, or an .onnx file
 * by its path. Throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `ENGINE_UNAVAILABLE`, `INTERRUPTED`; `USAGE` where a network's name
 * comes with options for a file.
 */
export async function loadNetwork(
  nameOrFile: string,
  options: LoadOptions = {},
): Promise<LoadedNetwork> {
  const { engine = "auto", preprocess, labels, signal, onNotice, ...cpu } = options;
  const own = { ...(preprocess ? { preprocess } : {}), ...(labels ? { labels } : {}) };
  const isFile = isNetworkFile(nameOrFile);
  if (!isFile && Object.keys(own).length > 0) {
    throw new DreamError("USAGE", `${Object.keys(own).join(" and ")} are for .onnx files`, {
      hint: `What the network "${nameOrFile}" takes is known. A file is named by its path, such as ./${nameOrFile}.onnx.`,
    });
  }
  throwIfInterrupted(signal);
  const spec = isFile ? { file: nameOrFile, ...own } : { name: nameOrFile };
  const opening = openNetwork(spec, onNotice ? { onNotice } : {});
  const network = await unlessInterrupted(signal, opening);
  const selecting = selectEngine(engine, cpu);
  return networkOn(await unlessInterrupted(signal, selecting, (late) => late.dispose()), network);
}

/**
 * Download a network of the catalogue, unless it is there. What broke off is continued. Throws `MODEL_NOT_FOUND`,
 * `DOWNLOAD_FAILED`, `DISK_FULL`, `INTERRUPTED`.
 */
export async function downloadNetwork(name: string, options: DownloadOptions = {}): Promise<void> {
  if (!bundledNames.includes(name)) await pull(await findEntry(name), options);
}
