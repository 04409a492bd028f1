/** Why `engine: cuda` does not run here, from what onnxruntime, the loader and the file system say. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Diagnosis } from "../diagnosis.ts";

/** What can be seen of CUDA without running it. */
export interface CudaFacts {
  /** `linux/x64`: onnxruntime-node has CUDA for no other. */
  readonly platform: string;
  /** Where onnxruntime-node is installed. */
  readonly package: string;
  /** Libraries of onnxruntime's that are not there. */
  readonly missing: readonly string[];
  /** Why the loader refuses onnxruntime's CUDA library; empty where it takes it. */
  readonly loader: string;
  /** Whether there is the device of an NVIDIA card. */
  readonly gpu: boolean;
  /** Version of the driver in the kernel, where it is known. */
  readonly driver?: string | undefined;
  /** Major versions of a library that are installed where libraries usually lie. */
  versionsOf(library: string): readonly number[];
}

/** Where a missing library comes from; the first that fits. */
const suites = [
  { names: /^libcudnn/, title: "cuDNN 9 for CUDA 12", get: "Install cuDNN 9 for CUDA 12" },
  {
    names: /^libcuda\.so/,
    title: "the NVIDIA driver",
    get: "Install NVIDIA's driver, 525 or newer",
  },
  {
    names: /^lib(cu|nv)/,
    title: "the CUDA 12 runtime",
    get: "Install CUDA 12 (its runtime is enough)",
  },
  { names: /^/, title: "the system", get: "Install the package that has it" },
];

/** What CUDA, cuDNN and the loader say, each with what it means. */
const meanings: readonly (readonly [RegExp, (facts: CudaFacts) => Diagnosis])[] = [
  [
    /CUDA failure 35\b|driver version is insufficient/i,
    ({ driver }) => ({
      what: `the NVIDIA driver${driver ? ` ${driver}` : ""} is too old for CUDA 12`,
      hint: "Install driver 525 or newer and start the machine again.",
    }),
  ],
  [
    /CUDA failure 100\b|no CUDA-capable device/i,
    () => ({
      what: "CUDA sees no NVIDIA GPU",
      hint: 'See whether "nvidia-smi" lists it, whether CUDA_VISIBLE_DEVICES hides it, and in a container whether it was started with --gpus all.',
    }),
  ],
  [
    /CUDA failure 80[34]\b|unsupported display driver|forward compatibility was attempted/i,
    ({ driver }) => ({
      what: `the driver in the kernel${driver ? ` (${driver})` : ""} and the driver's libraries are of different versions`,
      hint: "Start the machine again after an update of the driver; in a container use the host's libcuda, not one from the image.",
    }),
  ],
  [
    /CUDA failure 209\b|no kernel image is available/i,
    () => ({
      what: "the GPU is of a generation that onnxruntime's CUDA libraries are not built for",
      hint: "engine: webgpu may run on it.",
    }),
  ],
  [
    /CUDA failure 2\b|out of memory/i,
    () => ({
      what: "the GPU has no memory left",
      hint: '"nvidia-smi" lists the programs that use it. A smaller output.size needs less.',
    }),
  ],
  [
    /CUDA failure (802|999)\b/i,
    () => ({
      what: "the NVIDIA driver is not ready",
      hint: 'See whether "nvidia-smi" works; start the machine again.',
    }),
  ],
  [
    /CUDNN_STATUS_\w*VERSION_MISMATCH|CUDNN_STATUS_NOT_INITIALIZED|cudnnGetLibConfig/i,
    () => ({
      what: "the libraries of cuDNN do not match each other, or not the driver",
      hint: "Keep one cuDNN 9 for CUDA 12: remove others from LD_LIBRARY_PATH.",
    }),
  ],
  [
    /invalid ELF header|file too short|undefined symbol|version `[^']+' not found/i,
    ({ package: folder }) => ({
      what: "onnxruntime's CUDA library is broken, or of another version than onnxruntime",
      hint: installHint(folder),
    }),
  ],
];

/** What `message`, as onnxruntime gave it, means given the facts. */
export function explainCuda(message: string, facts: CudaFacts): Diagnosis {
  if (facts.platform !== "linux/x64") {
    return {
      what: `onnxruntime-node has CUDA for Linux on x64 alone, and this is ${facts.platform}`,
      hint: "Use engine: webgpu, which runs on every kind of GPU.",
    };
  }
  if (!facts.gpu) {
    return {
      what: "there is no NVIDIA GPU on this machine, or its driver is not loaded",
      hint: 'See whether "nvidia-smi" lists one; in a container it must be started with --gpus all. engine: webgpu runs on other GPUs, engine: cpu everywhere.',
    };
  }
  if (facts.missing.length > 0) {
    return {
      what: `onnxruntime's CUDA libraries are not installed: ${facts.missing.join(", ")}`,
      hint: installHint(facts.package),
    };
  }
  const text = `${message}\n${facts.loader}`;
  const absent = /(lib[\w-]+\.so)\.(\d+)[^\s:]*: cannot open shared object file/.exec(text);
  if (absent) return explainAbsent(absent[1]!, Number(absent[2]), facts);
  const meaning = meanings.find(([pattern]) => pattern.test(text));
  return (
    meaning?.[1](facts) ?? {
      what: text.trim().split("\n").at(-1)!,
      hint: "docs/engines.md lists what CUDA needs. engine: cpu works everywhere.",
    }
  );
}

function explainAbsent(library: string, version: number, facts: CudaFacts): Diagnosis {
  const suite = suites.find(({ names }) => names.test(library))!;
  const others = facts.versionsOf(library).filter((found) => found !== version);
  const found = others.length > 0 ? `; there is version ${others.join(" and ")} of it` : "";
  return {
    what: `${library}.${version} of ${suite.title} is missing${found}`,
    hint: `${suite.get}, and put its folder into LD_LIBRARY_PATH where the loader does not look there by itself.`,
  };
}

function installHint(folder: string): string {
  return `Download them (from NuGet, hundreds of megabytes) with: node ${join(folder, "script/install.js")} --onnxruntime-node-install`;
}

/** Look at this machine. */
export function cudaFacts(
  folder: string = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
): CudaFacts {
  const platform = `${process.platform}/${process.arch}`;
  const binaries = join(folder, "bin/napi-v6", platform);
  const names = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"];
  const missing = names.filter((name) => !existsSync(join(binaries, name)));
  return {
    platform,
    package: folder,
    missing,
    loader: missing.length > 0 ? "" : refusalOf(join(binaries, names[1]!)),
    gpu: ["/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"].some((device) => existsSync(device)),
    driver: driverVersion(),
    versionsOf: (library) => installedVersions(library),
  };
}

/** What the loader says to a library; empty where it takes it. */
export function refusalOf(file: string): string {
  try {
    process.dlopen({ exports: {} }, file);
    return "";
  } catch (cause) {
    // It was loaded: only it is no module of Node's, or waits for what onnxruntime hands it.
    const message = messageOf(cause);
    return /did not self-register|undefined symbol: Provider_/.test(message) ? "" : message;
  }
}

function driverVersion(): string | undefined {
  try {
    return readFileSync("/sys/module/nvidia/version", "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Where CUDA and cuDNN are usually put. */
const libraryFolders = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib64",
  "/usr/local/lib",
  "/usr/local/cuda/lib64",
];

/** Major versions of `libcudnn.so` and the like in `folders`, smallest first. */
export function installedVersions(
  library: string,
  folders: readonly string[] = [
    ...(process.env.LD_LIBRARY_PATH ?? "").split(delimiter).filter(Boolean),
    ...libraryFolders,
  ],
): number[] {
  const found = new Set<number>();
  for (const folder of folders) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const version = name.startsWith(`${library}.`)
        ? Number.parseInt(name.slice(library.length + 1), 10)
        : Number.NaN;
      if (!Number.isNaN(version)) found.add(version);
    }
  }
  return [...found].sort((a, b) => a - b);
}
