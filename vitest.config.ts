import { defineConfig, type ViteUserConfig } from "vitest/config";

// Huge pages for the memory of glibc's malloc, as in the program's own processes: fewer page faults, 10 to 20 % less time.
process.env.GLIBC_TUNABLES ??= "glibc.malloc.hugetlb=1";

const config: ViteUserConfig = defineConfig({
  test: {
    setupFiles: "test/helpers/environment.ts",
    globalSetup: "test/helpers/build-program.ts",
    include: ["test/**/*.test.ts"],
    // Minutes of faults on real disks, servers and browsers: DREAMREEL_TEST_FAULTS=required runs them too.
    exclude: process.env.DREAMREEL_TEST_FAULTS
      ? []
      : ["test/**/faults*-*.test.ts", "test/farm/faults.test.ts", "node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A slow machine needs more than the second that polls wait by default.
    expect: { poll: { timeout: 20_000 } },
    // Each test file may run onnxruntime on every core: more workers only fight each other.
    maxWorkers: 2,
  },
});
export default config;
