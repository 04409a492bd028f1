import { describe, expect, test } from "vitest";
import { findTargets } from "../../src/dream/find-targets.ts";
import { targetFinder } from "../../src/dream/target-finder.ts";
import { combineNetworks } from "../../src/models/combine.ts";
import type { Network } from "../../src/network.ts";
import { tinyNetwork } from "../helpers/network.ts";

const own: Network = {
  ...tinyNetwork(1),
  sha256: "1",
  defaults: { layers: { high: 2 }, octaves: 3 },
};
const other: Network = {
  ...tinyNetwork(2),
  sha256: "2",
  name: "other",
  nativeSize: 64,
  defaults: { layers: { low: 1 }, octaves: 5 },
};
const both = combineNetworks(
  new Map([
    ["a", own],
    ["b", other],
  ]),
);
const find = (layers: string[], classes: string[] = []) =>
  targetFinder(both).find({ layers, classes });

describe("networks put together", () => {
  test("have the layers and default layers of all, and the other defaults of the first", () => {
    expect(both.layers.map(({ name }) => name)).toEqual([
      ...["a/low", "a/high", "a/logits"],
      ...["b/low", "b/high", "b/logits"],
    ]);
    expect(both.defaults).toEqual({ layers: { "a/high": 2, "b/low": 1 }, octaves: 3 });
    expect([both.name, both.nativeSize]).toEqual(["a: tiny, b: other", 64]);
  });

  test("differ where any of them does", () => {
    const turned = combineNetworks(
      new Map([
        ["a", other],
        ["b", own],
      ]),
    );
    expect(turned.sha256).not.toBe(both.sha256);
  });

  test("resolve layers, channels, aliases, choices and classes of each", () => {
    expect(find(["a/low", "b/high:2-3", "b/high_before_dropout"], ["b/tabby", "a/3"])).toEqual([
      { type: "layer", key: "a/low", value: "a/low", network: "a" },
      { type: "layer", key: "b/high:2-3", value: "b/high", channels: [[2, 3]], network: "b" },
      { type: "layer", key: "b/high_before_dropout", value: "b/high", network: "b" },
      { type: "class", key: "b/tabby", value: "b/logits", index: 2, network: "b" },
      { type: "class", key: "a/3", value: "a/logits", index: 3, network: "a" },
    ]);
    expect(targetFinder(both).choice("b/high:strongest-2")).toMatchObject({
      layer: "b/high",
      value: "b/high",
      count: 2,
    });
  });

  test.each([
    ["high", /"high" does not begin with one of the networks: a, b; did you mean "a\/high"\?/],
    ["c/high", /did you mean "a\/high"/],
    ["b/hgih", /"b\/hgih" is not in network "other"; did you mean "b\/high"/],
    ["b/high:99", /"b\/high" has no channel 99/],
    ["b/high:strongest-99", /"99" is not a number of channels of layer "high"/],
    ["", /does not begin with one of the networks/],
  ])("refuse the layer %j with the name that may be meant", (name, message) => {
    expect(() => find([name])).toThrow(
      expect.objectContaining({
        code: "SCENE_UNKNOWN_LAYER",
        message: expect.stringMatching(message),
      }),
    );
  });

  test("refuse a class without its network", () => {
    expect(() => find([], ["pier"])).toThrow(
      expect.objectContaining({
        code: "SCENE_UNKNOWN_CLASS",
        message: expect.stringContaining('did you mean "a/pier"'),
      }),
    );
  });

  test("take layers with slashes in their names", () => {
    const graph = own.graph;
    const nodes = graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((name) => (name === "high" ? "4c/output" : name)),
      outputs: node.outputs.map((name) => (name === "high" ? "4c/output" : name)),
    }));
    const slashed = combineNetworks(new Map([["b", { ...own, graph: { ...graph, nodes } }]]));
    const options = { layers: { "b/4c/output": 1 } };
    const { targets } = findTargets(slashed, targetFinder(slashed), options);
    expect(targets[0]?.value).toBe("b/4c/output");
  });
});
