/** Finding TensorFlow.js: all of it is optional, nothing of it comes with dreamreel. */
import type * as core from "@tensorflow/tfjs-core";
import { DreamError, messageOf } from "../../errors.ts";

export type Tfjs = typeof core;

export interface LoadedTfjs {
  readonly tf: Tfjs;
  /** What computes, and why nothing better does where something better is installed: `wasm`. */
  readonly backend: string;
}

/** Imports a package by name; tests put one in its place that knows fewer. */
export type Import = (name: string) => Promise<unknown>;

/** From fast to slow. The first two bring the ops themselves, the others stand beside `@tensorflow/tfjs-core`. */
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
 * TensorFlow.js on the fastest backend that is installed and starts, or on `wanted` alone. Throws
 * `ENGINE_UNAVAILABLE`, saying what to install, where there is none.
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
      // Its greeting and its checks of every value are for development.
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
      hint: 'Install it with "npm install @tensorflow/tfjs-core @tensorflow/tfjs-backend-wasm", or @tensorflow/tfjs-node-gpu for an NVIDIA card with CUDA 11. engine: cpu needs neither and is much faster than wasm.',
    },
  );
}

/** Whether `cause` is that the package itself is not there, rather than something it needs. */
function isAbsent(cause: unknown, name: string): boolean {
  const message = messageOf(cause);
  const quoted = [`'${name}'`, `"${name}"`].some((text) => message.includes(text));
  return quoted && /cannot find|could not resolve/i.test(message);
}
