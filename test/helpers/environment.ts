/** Before each test file. */
import installer from "@ffmpeg-installer/ffmpeg";
import { expect } from "vitest";
import { keepFromChildren } from "../../src/host/huge-pages.ts";
import { startFromBuild } from "../../src/package.ts";

// vitest builds dist/ before, where a source is newer.
startFromBuild();
// Programs that tests start do not inherit the setting of vitest.config.ts.
keepFromChildren();

/** Tests of many small films, which hardly depend on the ffmpeg: the bundled one starts ten times as fast as a full build. */
const manyFilms =
  /test\/(pipeline\/(cache|frames|parallel|render\/(?!in-step))|farm|studio|scenes\.test)/;

if (manyFilms.test(expect.getState().testPath ?? "")) process.env.FFMPEG_PATH ??= installer.path;
