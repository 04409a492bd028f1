/** WebGPU without a GPU: SwiftShader, a software Vulkan driver in Debian's chromium package. */
import { existsSync } from "node:fs";
import type { Engine } from "../../src/runtime/engine.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { selectEngine } from "../../src/runtime/select/select-engine.ts";

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * The reason why WebGPU is missing, for the titles of skipped tests; undefined if it works. With
 * DREAMREEL_TEST_WEBGPU=required it throws instead. A real GPU is ignored, so that tests are the same everywhere.
 */
export async function missingWebGpu(): Promise<string | undefined> {
  if (existsSync(driver)) {
    // The Vulkan loader reads these when the first session is created; older loaders read the second.
    process.env.VK_DRIVER_FILES = driver;
    process.env.VK_ICD_FILENAMES = driver;
  }
  try {
    await (await selectEngine("webgpu")).dispose();
    return undefined;
  } catch (cause) {
    if (process.env.DREAMREEL_TEST_WEBGPU === "required") throw cause;
    return "no WebGPU adapter; Debian's chromium and libvulkan1 bring a software one";
  }
}

/** An engine that fails if a node would run on the CPU. */
export function strictWebGpu(): Engine {
  return createOrtEngine("webgpu", { strict: true });
}
