/** Why `engine: webgpu` does not run here, based on onnxruntime's messages. */
import type { Diagnosis } from "../diagnosis.ts";

/**
 * The diagnosis for onnxruntime's `message` on `platform` (`linux/x64`). `notes` is the output on stderr: Dawn prints
 * what an adapter lacks, and Vulkan's loader which driver it could not load.
 */
export function explainWebgpu(message: string, platform: string, notes = ""): Diagnosis {
  if (platform === "linux/arm64" || /not available|not enabled|backend not found/i.test(message)) {
    return {
      what: `onnxruntime-node does not support WebGPU on ${platform}`,
      hint: "engine: cpu works everywhere.",
    };
  }
  if (/Failed to get a WebGPU adapter|No supported adapters/i.test(message)) {
    const driver = { linux: "Vulkan", darwin: "Metal", win32: "Direct3D 12" }[
      platform.split("/")[0] as "linux" | "darwin" | "win32"
    ];
    // The first warning is the reason; those about vkCreateInstance follow from it.
    const reason = /^Warning: (?!vkCreateInstance)(.+)/m.exec(notes)?.[1];
    return {
      what: `there is no GPU adapter${reason ? ` (${reason})` : ""}`,
      hint: `It needs a GPU with a ${driver ?? "Vulkan"} driver${driver === "Vulkan" ? ' ("vulkaninfo" lists them; Debian: mesa-vulkan-drivers, or NVIDIA\'s own)' : ""}. engine: cpu works everywhere.`,
    };
  }
  if (/device (was )?lost|out of memory/i.test(message)) {
    return {
      what: "the GPU failed: its driver was reset, or its memory is full",
      hint: "Close other programs that use the GPU, update its driver, or reduce output.size.",
    };
  }
  return {
    what: message.trim().split("\n")[0]!,
    hint: "Update the GPU's driver. engine: cpu works everywhere.",
  };
}
