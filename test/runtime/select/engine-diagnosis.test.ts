/** Real error messages of onnxruntime and the dynamic loader, from users' reports. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  type CudaFacts,
  cudaFacts,
  explainCuda,
  installedVersions,
  refusalOf,
} from "../../../src/runtime/ort/cuda-diagnosis.ts";
import { explainWebgpu } from "../../../src/runtime/webgpu/diagnosis.ts";
import { temporaryFolder } from "../../helpers/media.ts";

const folder = await temporaryFolder();
afterAll(() => folder.remove());

const complete: CudaFacts = {
  platform: "linux/x64",
  package: "/app/node_modules/onnxruntime-node",
  missing: [],
  loader: "",
  gpu: true,
  driver: "470.256.02",
  versionsOf: () => [],
};
const onLoad = "OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library";
const inCall = (failure: string): string =>
  `/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:122 std::conditional_t<THRW, void, onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, const char*, const char*, SUCCTYPE, const char*, const char*, int) [with ERRTYPE = cudaError; bool THRW = true; SUCCTYPE = cudaError; std::conditional_t<THRW, void, common::Status> = void] ${failure} ; GPU=-1 ; hostname=c4327188c000000 ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc ; line=336 ; expr=cudaSetDevice(info_.device_id); `;

describe("engine cuda reports the cause and the remedy", () => {
  test.each<readonly [string, Partial<CudaFacts>, string, RegExp, RegExp]>([
    ["another platform", { platform: "darwin/arm64" }, onLoad, /only on Linux x64/, /webgpu/],
    [
      "no GPU",
      { gpu: false, missing: ["libonnxruntime_providers_cuda.so"] },
      onLoad,
      /no NVIDIA GPU/,
      /nvidia-smi/,
    ],
    [
      "onnxruntime's CUDA libraries not installed",
      { missing: ["libonnxruntime_providers_cuda.so"] },
      onLoad,
      /not installed: libonnxruntime_providers_cuda\.so/,
      /node \/app\/node_modules\/onnxruntime-node\/script\/install\.js --onnxruntime-node-install/,
    ],
    [
      "no cuDNN",
      { loader: "libcudnn.so.9: cannot open shared object file: No such file or directory" },
      onLoad,
      /libcudnn\.so\.9 of cuDNN 9 for CUDA 12 is missing$/,
      /cuDNN 9.*LD_LIBRARY_PATH/,
    ],
    [
      "cuDNN of another major version",
      {
        loader: "libcudnn.so.9: cannot open shared object file: No such file or directory",
        versionsOf: (library) => (library === "libcudnn.so" ? [8] : []),
      },
      onLoad,
      /libcudnn\.so\.9 .* is missing; version 8 is installed/,
      /cuDNN 9/,
    ],
    [
      "an incomplete cuDNN",
      {},
      "[ONNXRuntimeError] : 1 : FAIL : Failed to load library libonnxruntime_providers_cuda.so with error: libcudnn_adv.so.9: cannot open shared object file: No such file or directory",
      /libcudnn_adv\.so\.9 of cuDNN/,
      /cuDNN 9/,
    ],
    [
      "CUDA 11 instead of CUDA 12",
      {
        loader: "libcublasLt.so.12: cannot open shared object file: No such file or directory",
        versionsOf: () => [11],
      },
      onLoad,
      /libcublasLt\.so\.12 of the CUDA 12 runtime is missing; version 11 is installed/,
      /Install CUDA 12/,
    ],
    [
      "no driver libraries",
      { loader: "libcuda.so.1: cannot open shared object file: No such file or directory" },
      onLoad,
      /libcuda\.so\.1 of the NVIDIA driver/,
      /driver, 525/,
    ],
    [
      "an outdated driver",
      {},
      inCall("CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version"),
      /driver 470\.256\.02 is too old/,
      /525 or newer/,
    ],
    [
      "a GPU that CUDA does not see",
      {},
      inCall("CUDA failure 100: no CUDA-capable device is detected"),
      /sees no NVIDIA GPU/,
      /CUDA_VISIBLE_DEVICES/,
    ],
    [
      "a driver updated without a restart",
      {},
      inCall("CUDA failure 803: system has unsupported display driver / cuda driver combination"),
      /different versions/,
      /after a driver update/,
    ],
    [
      "an unsupported old GPU",
      {},
      inCall("CUDA failure 209: no kernel image is available for execution on the device"),
      /generation/,
      /webgpu/,
    ],
    [
      "a GPU with full memory",
      {},
      inCall("CUDA failure 2: out of memory"),
      /out of memory/,
      /nvidia-smi/,
    ],
    ["a driver that hangs", {}, inCall("CUDA failure 999: unknown error"), /not ready/, /restart/],
    [
      "several versions of cuDNN",
      {},
      "Non-zero status code returned while running Conv node. Name:'Conv_0' Status Message: CUDNN failure 1002: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH ; GPU=0 ; hostname=autodl ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cudnn_common.cc ; line=31 ; expr=cudnnCreateTensorDescriptor(&tensor_);",
      /do not match each other/,
      /one cuDNN 9/,
    ],
    ["an unknown message, unchanged", {}, "Something else", /Something else/, /engines\.md/],
  ])("%s", (_, facts, message, what, hint) => {
    const diagnosis = explainCuda(message, { ...complete, ...facts });
    expect(diagnosis.what).toMatch(what);
    expect(diagnosis.hint).toMatch(hint);
  });
});

describe("the CUDA diagnosis", () => {
  const runtime = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  const linux = process.platform === "linux" && process.arch === "x64";

  test.runIf(linux)("finds the missing libraries of onnxruntime", async () => {
    const binaries = join(folder.path, "a/bin/napi-v6/linux/x64");
    await mkdir(binaries, { recursive: true });
    await writeFile(join(binaries, "libonnxruntime_providers_shared.so"), "");
    const facts = cudaFacts(join(folder.path, "a"));
    expect(facts.missing).toEqual(["libonnxruntime_providers_cuda.so"]);
  });

  test.runIf(linux)("reports the libraries that the loader does not find", async () => {
    // A library without the library that it needs.
    const file = join(folder.path, "lonely.so");
    await copyFile(join(runtime, "bin/napi-v6/linux/x64/onnxruntime_binding.node"), file);
    const loader = refusalOf(file);
    expect(loader).toMatch(/libonnxruntime\.so\.1: cannot open shared object file/);
    expect(explainCuda(onLoad, { ...complete, loader }).what).toMatch(/libonnxruntime\.so\.1/);
  });

  test.runIf(linux)("detects an interrupted download", async () => {
    const binaries = join(folder.path, "b/bin/napi-v6/linux/x64");
    await mkdir(binaries, { recursive: true });
    for (const name of ["shared", "cuda"])
      await writeFile(join(binaries, `libonnxruntime_providers_${name}.so`), "half of it");
    const facts = { ...cudaFacts(join(folder.path, "b")), gpu: true };
    expect(explainCuda(onLoad, facts).what).toMatch(/is damaged/);
  });

  test("finds the major versions in the usual folders", async () => {
    for (const name of ["libcudnn.so.8", "libcudnn.so.8.9.7", "libcudnn.so.9", "libcudnn_ops.so.7"])
      await writeFile(join(folder.path, name), "");
    expect(installedVersions("libcudnn.so", [folder.path, "/nowhere"])).toEqual([8, 9]);
  });
});

describe("engine webgpu reports the cause and the remedy", () => {
  test.each([
    [
      "no adapter",
      "linux/x64",
      "/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n",
      /no GPU adapter/,
      /Vulkan driver/,
    ],
    [
      "a platform without it",
      "linux/arm64",
      "whatever",
      /does not support WebGPU on linux\/arm64/,
      /cpu/,
    ],
    ["a lost device", "win32/x64", "WebGPU device lost (2): reset", /the GPU failed/, /driver/],
    ["an unknown message", "darwin/arm64", "Something else\nat a", /^Something else$/, /driver/],
  ])("%s", (_, platform, message, what, hint) => {
    const diagnosis = explainWebgpu(message, platform);
    expect(diagnosis.what).toMatch(what);
    expect(diagnosis.hint).toMatch(hint);
  });

  test.each([
    [
      "what an adapter lacks",
      "error: XDG_RUNTIME_DIR is invalid or not set in the environment.\nWarning: Vulkan shaderUniform*ArrayDynamicIndexing required.\n - While initializing adapter (backend=BackendType::Vulkan)\n",
      "there is no GPU adapter (Vulkan shaderUniform*ArrayDynamicIndexing required.)",
    ],
    [
      "which driver was not loaded",
      "Warning: libvulkan_x.so: cannot open shared object file: No such file or directory\nWarning: vkCreateInstance: Found no drivers!\n",
      "there is no GPU adapter (libvulkan_x.so: cannot open shared object file: No such file or directory)",
    ],
    ["nothing else", "Warning: vkCreateInstance: Found no drivers!\n", "there is no GPU adapter"],
  ])("and from the drivers' messages %s", (_, notes, what) => {
    const message = "Failed to get a WebGPU adapter: No supported adapters";
    expect(explainWebgpu(message, "linux/x64", notes).what).toBe(what);
  });
});
