import { defineConfig, type UserConfig } from "vite";

/** The page, built into `dist/studio/page/`, from which the server gives it out. */
const config: UserConfig = defineConfig({
  root: import.meta.dirname,
  build: { outDir: "../dist/studio/page", emptyOutDir: true, target: "es2022" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
export default config;
