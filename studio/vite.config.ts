import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

/** The page, built into `dist/studio/page/`, from which the server gives it out. */
const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../dist/studio/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // The Content-Security-Policy allows no data: addresses for scripts and styles.
    assetsInlineLimit: 0,
    // The test of the bundle limits its size; this warning would appear at every `npm ci`.
    chunkSizeWarningLimit: 1024,
  },
});
export default config;
