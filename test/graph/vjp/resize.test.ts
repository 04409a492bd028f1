import { describe, it } from "vitest";
import { floatTensor } from "../../../src/graph/graph.ts";
import { checkEveryElement, graphOf } from "./finite-differences.ts";

const transformations = ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"];

describe("the gradient of Resize matches finite differences", () => {
  it.each(
    ["nearest", "linear", "cubic"].flatMap((mode) =>
      transformations.map((coordinate) => [mode, coordinate] as const),
    ),
  )("%s, %s, to a larger size", async (mode, coordinate_transformation_mode) => {
    await checkEveryElement(
      graphOf([1, 2, 3, 4], (b, x) =>
        b.op("Resize", [x, "", "", b.ints(1, 2, 7, 9)], { mode, coordinate_transformation_mode }),
      ),
    );
  });

  it.each(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])(
    "nearest by %s, to a smaller size",
    async (nearest_mode) => {
      await checkEveryElement(
        graphOf([1, 2, 7, 6], (b, x) =>
          b.op("Resize", [x, "", b.constant(floatTensor([4], [1, 1, 0.6, 0.5]))], {
            mode: "nearest",
            nearest_mode,
          }),
        ),
      );
    },
  );

  it.each(["linear", "cubic"])("%s with antialiasing, to a smaller size", async (mode) => {
    await checkEveryElement(
      graphOf([1, 2, 9, 11], (b, x) =>
        b.op("Resize", [x, "", "", b.ints(1, 2, 4, 7)], {
          mode,
          antialias: 1,
          ...(mode === "cubic" ? { cubic_coeff_a: -0.5 } : {}),
        }),
      ),
    );
  });

  it("cubic with exclude_outside", async () => {
    await checkEveryElement(
      graphOf([1, 1, 5, 4], (b, x) =>
        b.op("Resize", [x, "", "", b.ints(1, 1, 8, 3)], {
          mode: "cubic",
          exclude_outside: 1,
          cubic_coeff_a: -0.5,
        }),
      ),
    );
  });
});
