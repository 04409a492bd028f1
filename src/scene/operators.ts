/** The operators of expressions. Comparisons and logic give 1 for true and 0 for false. */

export const binary = {
  "+": (a: number, b: number): number => a + b,
  "-": (a: number, b: number): number => a - b,
  "*": (a: number, b: number): number => a * b,
  "/": (a: number, b: number): number => a / b,
  "%": (a: number, b: number): number => a % b,
  "^": (a: number, b: number): number => a ** b,
  "<": (a: number, b: number): number => Number(a < b),
  "<=": (a: number, b: number): number => Number(a <= b),
  ">": (a: number, b: number): number => Number(a > b),
  ">=": (a: number, b: number): number => Number(a >= b),
  "==": (a: number, b: number): number => Number(a === b),
  "!=": (a: number, b: number): number => Number(a !== b),
  "&&": (a: number, b: number): number => Number(a !== 0 && b !== 0),
  "||": (a: number, b: number): number => Number(a !== 0 || b !== 0),
};

export const unary = {
  "-": (a: number): number => -a,
  "+": (a: number): number => a,
  "!": (a: number): number => Number(a === 0),
};

export type BinaryOperator = keyof typeof binary;
export type UnaryOperator = keyof typeof unary;
