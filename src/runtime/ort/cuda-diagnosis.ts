/** Why `engine: cuda` does not run here, based on messages of onnxruntime and the loader and on the file system. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Diagnosis } from "../diagnosis.ts";

/** Facts about CUDA on this machine that do not require running it. */
export interface CudaFacts {
  /** For example `linux/x64`, the only platform on which onnxruntime-node supports CUDA. */
  readonly platform: string;
  /** Where onnxruntime-node is installed. */
  readonly package: string;
  /** Missing libraries of onnxruntime. */
  readonly missing: readonly string[];
  /** The loader's error for onnxruntime's CUDA library; empty if it loads. */
  readonly loader: string;
  /** Whether an NVIDIA device file exists. */
  readonly gpu: boolean;
  /** Version of the kernel driver, if known. */
  readonly driver?: string | undefined;
  /** Major versions of a library that are installed in the usual folders. */
  versionsOf(library: string): readonly number[];
}

/** Packages that contain the libraries; the first match applies. */
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
  { names: /^/, title: "the system", get: "Install the package that contains it" },
];

/** Error messages of CUDA, cuDNN and the loader, with their diagnosis. */
const meanings: readonly (readonly [RegExp, (facts: CudaFacts) => Diagnosis])[] = [
  [
    /CUDA failure 35\b|driver version is insufficient/i,
    ({ driver }) => ({
      what: `the NVIDIA driver${driver ? ` ${driver}` : ""} is too old for CUDA 12`,
      hint: "Install driver 525 or newer and restart the machine.",
    }),
  ],
  [
    /CUDA failure 100\b|no CUDA-capable device/i,
    () => ({
      what: "CUDA sees no NVIDIA GPU",
      hint: 'Check that "nvidia-smi" lists it, that CUDA_VISIBLE_DEVICES does not hide it, and that a container was started with --gpus all.',
    }),
  ],
  [
    /CUDA failure 80[34]\b|unsupported display driver|forward compatibility was attempted/i,
    ({ driver }) => ({
      what: `the driver in the kernel${driver ? ` (${driver})` : ""} and the driver's libraries have different versions`,
      hint: "Restart the machine after a driver update. In a container, use the host's libcuda, not one from the image.",
    }),
  ],
  [
    /CUDA failure 209\b|no kernel image is available/i,
    () => ({
      what: "onnxruntime's CUDA libraries do not support this GPU's generation",
      hint: "Try engine: webgpu.",
    }),
  ],
  [
    /CUDA failure 2\b|out of memory/i,
    () => ({
      what: "the GPU is out of memory",
      hint: '"nvidia-smi" lists the programs that use it. A smaller output.size needs less.',
    }),
  ],
  [
    /CUDA failure (802|999)\b/i,
    () => ({
      what: "the NVIDIA driver is not ready",
      hint: 'Check that "nvidia-smi" works, or restart the machine.',
    }),
  ],
  [
    /CUDNN_STATUS_\w*VERSION_MISMATCH|CUDNN_STATUS_NOT_INITIALIZED|cudnnGetLibConfig/i,
    () => ({
      what: "the cuDNN libraries do not match each other or the driver",
      hint: "Keep only one cuDNN 9 for CUDA 12 and remove others from LD_LIBRARY_PATH.",
    }),
  ],
  [
    /invalid ELF header|file too short|undefined symbol|version `[^']+' not found/i,
    ({ package: folder }) => ({
      what: "onnxruntime's CUDA library is damaged, or its version differs from onnxruntime's",
      hint: installHint(folder),
    }),
  ],
];

/** The diagnosis for onnxruntime's `message`, given the facts. */
export function explainCuda(message: string, facts: CudaFacts): Diagnosis {
  if (facts.platform !== "linux/x64") {
    return {
      what: `onnxruntime-node supports CUDA only on Linux x64, and this is ${facts.platform}`,
      hint: "Use engine: webgpu, which supports GPUs of all vendors.",
    };
  }
  if (!facts.gpu) {
    return {
      what: "there is no NVIDIA GPU on this machine, or its driver is not loaded",
      hint: 'Check that "nvidia-smi" lists one; start containers with --gpus all. engine: webgpu runs on other GPUs, engine: cpu everywhere.',
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
  const found = others.length > 0 ? `; version ${others.join(" and ")} is installed` : "";
  return {
    what: `${library}.${version} of ${suite.title} is missing${found}`,
    hint: `${suite.get}. If the loader still does not find it, add its folder to LD_LIBRARY_PATH.`,
  };
}

function installHint(folder: string): string {
  return `Download them (from NuGet, hundreds of megabytes) with: node ${join(folder, "script/install.js")} --onnxruntime-node-install`;
}

/** Collect the facts on this machine. */
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

/** The loader's error for a library; empty if it loads. */
export function refusalOf(file: string): string {
  try {
    process.dlopen({ exports: {} }, file);
    return "";
  } catch (cause) {
    // The library loads, but it is not a Node module, or it needs onnxruntime to initialise it.
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

/** Usual folders of CUDA and cuDNN. */
const libraryFolders = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib64",
  "/usr/local/lib",
  "/usr/local/cuda/lib64",
];

/** Major versions of a library such as `libcudnn.so` in `folders`, in ascending order. */
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
