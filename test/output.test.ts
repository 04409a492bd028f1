import { expect, test } from "vitest";
import { absolutePath, outputPath, parseOutput, withVariant } from "../src/output.ts";

test.each([
  ["/films/zoom.mp4", "video", "/films/zoom.preview.mp4"],
  ["/films/zoom.v2.gif", "video", "/films/zoom.v2.preview.gif"],
  ["/films/zoom", "video", "/films/zoom.preview"],
  ["/films/zoom/", "frames", "/films/zoom.preview/"],
  ["/films/zoom.mp4/", "frames", "/films/zoom.mp4.preview/"],
])("%s is of the type %s, and %s as a preview", (path, type, preview) => {
  const output = parseOutput(path);
  expect(output.type).toBe(type);
  expect(outputPath(output)).toBe(path);
  expect(outputPath(withVariant(output, "preview"))).toBe(preview);
});

test("an absolute path keeps the slash that stands for a folder", () => {
  expect(absolutePath("zoom/", "/films")).toBe("/films/zoom/");
  expect(absolutePath("../zoom.mp4", "/films/all")).toBe("/films/zoom.mp4");
});
