/** Loads TensorFlow.js, an optional dependency that is not part of dreamreel. */
import type * as core from "@tensorflow/tfjs-core";
import { DreamError, messageOf } from "../../errors.ts";
import { type Import, isAbsent } from "../../optional-package.ts";

export type Tfjs = typeof core;

export interface LoadedTfjs {
  readonly tf: Tfjs;
  /** The backend in use (`wasm`), with the reason if an installed faster one does not work. */
  readonly backend: string;
}

/** Fastest first. The first two include the ops; the others need `@tensorflow/tfjs-core`. */
const backends = [
  { label: "tfjs-node-gpu", packages: ["@tensorflow/tfjs-node-gpu"], name: "tensorflow" },
  { label: "tfjs-node", packages: ["@tensorflow/tfjs-node"], name: "tensorflow" },
  {
    label: "wasm",
    packages: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-wasm"],
    name: "wasm",
  },
  {
    label: "cpu",
    packages: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu"],
    name: "cpu",
  },
] as const;

export type TfjsBackend = (typeof backends)[number]["label"];

/**
 * TensorFlow.js on the fastest backend that is installed and starts, or only on `wanted`. Throws
 * `ENGINE_UNAVAILABLE`, with what to install, if there is none.
 */
export async function loadTfjs(
  wanted?: TfjsBackend,
  load: Import = (name) => import(name),
): Promise<LoadedTfjs> {
  const broken: string[] = [];
  for (const { label, packages, name } of backends) {
    if (wanted !== undefined && wanted !== label) continue;
    try {
      const [tf] = (await Promise.all(packages.map(load))) as [Tfjs];
      // Production mode omits the greeting and the checks of every value.
      tf.enableProdMode();
      if (!(await tf.setBackend(name))) throw new Error(`its backend "${name}" does not start`);
      await tf.ready();
      return { tf, backend: [label, ...broken].join("; ") };
    } catch (cause) {
      if (!packages.some((wantedName) => isAbsent(cause, wantedName)))
        broken.push(`${packages.at(-1)} does not load: ${messageOf(cause).split("\n")[0]}`);
    }
  }
  throw new DreamError(
    "ENGINE_UNAVAILABLE",
    ["engine tfjs needs TensorFlow.js, which is not installed", ...broken].join("; "),
    {
      hint: 'Install it with "npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm", or @tensorflow/tfjs-node-gpu for an NVIDIA GPU with CUDA 11. engine: cpu needs neither and is much faster than wasm.',
    },
  );
}
