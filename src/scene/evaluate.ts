import type { Clock } from "./clock.ts";
import type { Expression, ExpressionTree } from "./expression.ts";
import { functions } from "./functions.ts";
import { binary, unary } from "./operators.ts";

type Compute = (clock: Clock) => number;

/** Expressions are evaluated at every frame, and functions compute several times as fast as a walk through the tree. */
const compiled = new WeakMap<ExpressionTree, Compute>();

/** The value of an expression at a moment; not a number if it needs a sound or a tempo that the moment does not have. */
export function evaluate({ tree }: Expression, clock: Clock): number {
  const known = compiled.get(tree) ?? compile(tree);
  compiled.set(tree, known);
  return known(clock);
}

function compile(tree: ExpressionTree): Compute {
  switch (tree.type) {
    case "number": {
      const { value } = tree;
      return () => value;
    }
    case "variable": {
      const { name } = tree;
      return name === "b" ? beatAt : (clock) => clock[name];
    }
    case "sound": {
      const { name } = tree;
      return (clock) => clock.sound?.[name] ?? Number.NaN;
    }
    case "unary": {
      const [apply, argument] = [unary[tree.operator], compile(tree.argument)];
      return (clock) => apply(argument(clock));
    }
    case "binary": {
      const apply = binary[tree.operator];
      const [left, right] = [compile(tree.left), compile(tree.right)];
      return (clock) => apply(left(clock), right(clock));
    }
    case "condition": {
      const test = compile(tree.test);
      const [whenTrue, whenFalse] = [compile(tree.whenTrue), compile(tree.whenFalse)];
      return (clock) => (test(clock) !== 0 ? whenTrue(clock) : whenFalse(clock));
    }
    case "call": {
      const { apply } = functions[tree.name]!;
      const given = tree.arguments.map(compile);
      return (clock) =>
        apply(
          given.map((argument) => argument(clock)),
          clock.seed,
        );
    }
  }
}

/** Beats since the first one of the sound; not a number without a tempo. */
function beatAt({ t, beats }: Clock): number {
  return beats ? beats.atStart + (t * beats.bpm) / 60 : Number.NaN;
}
