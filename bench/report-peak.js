/** Loaded before a program: reports the most memory that it took, bytes, on the last line of its standard error. */
process.on("exit", () => {
  process.stderr.write(`\npeak ${1024 * process.resourceUsage().maxRSS}\n`);
});
