import { describe, expect, test } from "vitest";
import { TargetFinder } from "../../src/dream/targets.ts";
import { tinyNetwork } from "../helpers/network.ts";

const network = tinyNetwork(1);
const find = (layers: string[], classes: string[] = []) =>
  new TargetFinder(network).find({ layers, classes });

describe("names of targets", () => {
  test("can be layers, channels, ranges, aliases and values of the graph", () => {
    const names = ["low", "high:7", "low:1-3", "low:0,2-4, 5", "high_before_dropout"];
    expect(find(names)).toMatchObject([
      { value: "low" },
      { value: "high", channels: [[7, 7]] },
      { value: "low", channels: [[1, 3]] },
      {
        value: "low",
        channels: [
          [0, 0],
          [2, 4],
          [5, 5],
        ],
      },
      { value: "high" },
    ]);
  });

  test("can be class labels, one of their words in any case, or indices", () => {
    expect(
      find([], ["goldfish", "TABBY CAT", "king penguin", "3"]).map(
        (t) => t.type === "class" && t.index,
      ),
    ).toEqual([0, 2, 1, 3]);
  });

  test.each([
    [["hihg"], [], "SCENE_UNKNOWN_LAYER", /did you mean "high"/],
    // Without its last letter it would be a layer.
    [["highh"], [], "SCENE_UNKNOWN_LAYER", /did you mean "high"/],
    [["high_before"], [], "SCENE_UNKNOWN_LAYER", /is not in/],
    [["low:6"], [], "SCENE_UNKNOWN_LAYER", /no channel 6/],
    [["low:4-2"], [], "SCENE_UNKNOWN_LAYER", /no channel 4-2/],
    [["low:1,9"], [], "SCENE_UNKNOWN_LAYER", /no channel 9/],
    [["low:1,"], [], "SCENE_UNKNOWN_LAYER", /"low" has no channels "1,"/],
    [[], ["goldfsh"], "SCENE_UNKNOWN_CLASS", /did you mean "goldfish"/],
    [[], ["4"], "SCENE_UNKNOWN_CLASS", /among the 4/],
  ])("that are unknown are refused: %j %j", (layers, classes, code, message) => {
    expect(() => find(layers, classes)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test("that are the name of a module suggest its output", () => {
    const modules = { ...network, aliases: new Map([["inception_4c/output", "high"]]) };
    expect(() => new TargetFinder(modules).find({ layers: ["inception_4c"], classes: [] })).toThrow(
      /did you mean "inception_4c\/output"\?/,
    );
  });

  test.each([
    ["inception_4c/output", "googlenet"],
    ["mixed4d", "googlenet"],
    ["Mixed_6e", "inception-v3"],
    ["relu4_3", "vgg16"],
    ["layer3", "resnet50"],
  ])("of another network suggest that network: %s is of %s", (name, home) => {
    expect(() => find([name])).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(`set model: ${home}.`) }),
    );
  });
});
