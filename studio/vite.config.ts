import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";

/** The page is static: one script, one style sheet, relative addresses only. */
const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: fileURLToPath(new URL("../dist/studio/page", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // The Content-Security-Policy allows no data: addresses for scripts and styles.
    assetsInlineLimit: 0,
  },
});
export default config;
