#!/usr/bin/env node
import module from "node:module";
import { restartWithHugePages } from "../host/huge-pages.ts";

/** Commands that compute for seconds and more. */
const dreaming = new Set(["render", "dream", "still", "atlas", "reproduce", "classify", "flow"]);

if (dreaming.has(process.argv[2] ?? "")) restartWithHugePages(process.argv.slice(1));
// From Node 22.8 on, the next start loads compiled modules from a cache.
if ("enableCompileCache" in module) (module.enableCompileCache as () => void)();
const { runProgram } = await import("./program.ts");
await runProgram();
