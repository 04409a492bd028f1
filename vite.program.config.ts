import { defineConfig, type UserConfig } from "vite";

/** The program for Node, built into `dist/`: few files load faster than hundreds. */
const config: UserConfig = defineConfig({
  // Packages of many small files are bundled: loading them takes a fifth of a second.
  ssr: {
    noExternal: [
      ...["@bufbuild/protobuf", "@hono/node-server", "commander", "hono", "onnx-buf"],
      ...["p-queue", "yaml", "zod"],
    ],
  },
  build: {
    ssr: true,
    license: { fileName: "licenses.md" },
    outDir: "dist",
    emptyOutDir: true,
    target: "node20",
    minify: false,
    rolldownOptions: {
      input: {
        index: "src/index.ts",
        "cli/main": "src/cli/main.ts",
        "farm/worker/host": "src/farm/worker/host.ts",
        "studio/farm-host": "src/studio/farm-host.ts",
        "studio/host": "src/studio/host.ts",
        "runtime/ort/worker-host": "src/runtime/ort/worker-host.js",
      },
      output: { entryFileNames: "[name].js", chunkFileNames: "chunks/[name]-[hash].js" },
    },
  },
});
export default config;
