#!/usr/bin/env node
import module from "node:module";

// From Node 22.8 on, the next start loads compiled modules from a cache.
if ("enableCompileCache" in module) (module.enableCompileCache as () => void)();
const { runProgram } = await import("./program.ts");
await runProgram();
