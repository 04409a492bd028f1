import {
  type Attribute,
  type Dimension,
  type ElementType,
  floatTensor,
  type Graph,
  intTensor,
  type Node,
  type Tensor,
  type ValueInfo,
} from "./graph.ts";
import { sortNodes } from "./sort.ts";

/** Builds a graph node by node and keeps every name unique. Nodes stay in execution order. */
export class GraphBuilder {
  readonly #nodes: Node[];
  readonly #initializers: Map<string, Tensor>;
  readonly #inputs: ValueInfo[];
  readonly #outputs: ValueInfo[];
  readonly #taken = new Set<string>();
  /** The next number to try for each hint. */
  readonly #counts = new Map<string, number>();
  readonly #shared = new Map<string, string>();
  #opset: number;
  #prefix = "";

  /** An empty graph, or a copy of `base`. */
  constructor(base?: Graph, opset = 18) {
    this.#nodes = [...(base?.nodes ?? [])];
    this.#initializers = new Map(base?.initializers);
    this.#inputs = [...(base?.inputs ?? [])];
    this.#outputs = [...(base?.outputs ?? [])];
    this.#opset = base?.opset ?? opset;
    for (const name of this.#initializers.keys()) this.#taken.add(name);
    for (const { name } of [...this.#inputs, ...this.#outputs]) this.#taken.add(name);
    // Names that nodes read count too: `base` may lack the input or node that makes them.
    for (const node of this.#nodes) {
      for (const name of [...node.inputs, ...node.outputs]) this.#taken.add(name);
    }
  }

  get opset(): number {
    return this.#opset;
  }

  /** A value name that is not in use yet. */
  unique(hint: string): string {
    let name = hint;
    let count = this.#counts.get(hint) ?? 1;
    while (this.#taken.has(name)) name = `${hint}_${count++}`;
    this.#counts.set(hint, count);
    this.#taken.add(name);
    return name;
  }

  input(name: string, dims: readonly Dimension[], type: ElementType = "float32"): string {
    this.#taken.add(name);
    this.#inputs.push({ name, type, dims });
    return name;
  }

  /** Declare an existing value as an output of the graph. */
  output(name: string, dims: readonly Dimension[], type: ElementType = "float32"): void {
    this.#outputs.push({ name, type, dims });
  }

  constant(tensor: Tensor, hint = "constant"): string {
    const name = this.unique(hint);
    this.#initializers.set(name, tensor);
    return name;
  }

  /** A float32 scalar of shape `[]`; equal ones are shared. */
  scalar(value: number): string {
    return this.#share(`f${value}`, () => this.constant(floatTensor([], [value]), "scalar"));
  }

  /** An int64 vector; equal ones are shared. */
  ints(...values: readonly number[]): string {
    return this.#share(`i${values}`, () => this.constant(intTensor(values), "ints"));
  }

  /** Add a node with one output and return its name. `hint` names the output. */
  op(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    hint: string = op.toLowerCase(),
  ): string {
    return this.ops(op, inputs, 1, attributes, hint)[0]!;
  }

  /** Add a node whose output has exactly this name, which other nodes already read. */
  opNamed(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    output: string,
  ): this {
    return this.node({ op, name: output, inputs, outputs: [output], attributes });
  }

  /** Add an existing node unchanged. */
  node(node: Node): this {
    for (const name of node.outputs) this.#taken.add(name);
    this.#nodes.push(node);
    return this;
  }

  /** Add a node with `count` outputs. */
  ops(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    hint: string = op.toLowerCase(),
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.unique(hint));
    this.#nodes.push({ op, name: this.#prefix + outputs[0]!, inputs, outputs, attributes });
    return outputs;
  }

  /** Run `work`. The names of the nodes that it adds (not of their values) begin with `prefix`. */
  named<T>(prefix: string, work: () => T): T {
    const before = this.#prefix;
    this.#prefix = prefix;
    try {
      return work();
    } finally {
      this.#prefix = before;
    }
  }

  build(): Graph {
    return {
      nodes: sortNodes(this.#nodes),
      initializers: new Map(this.#initializers),
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
      opset: this.#opset,
    };
  }

  #share(key: string, make: () => string): string {
    const known = this.#shared.get(key);
    if (known) return known;
    const name = make();
    this.#shared.set(key, name);
    return name;
  }
}
