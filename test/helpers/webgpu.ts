/** WebGPU without a GPU: SwiftShader, a software Vulkan that Debian's chromium brings. */
import { existsSync } from "node:fs";
import type { Engine } from "../../src/runtime/engine.ts";
import { createOrtEngine } from "../../src/runtime/ort/engine.ts";
import { selectEngine } from "../../src/runtime/select/select-engine.ts";

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/**
 * Why there is no WebGPU here, or undefined where there is: say it in the title of what is skipped. Where
 * DREAMREEL_TEST_WEBGPU=required it throws instead. A GPU of the machine's own is left aside: tests are to tell the same
 * everywhere.
 */
export async function missingWebGpu(): Promise<string | undefined> {
  if (existsSync(driver)) {
    // Read by the Vulkan loader when the first session is made; older loaders know the second.
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

/** An engine that fails where any node would be left to the CPU. */
export function strictWebGpu(): Engine {
  return createOrtEngine("webgpu", { strict: true });
}
