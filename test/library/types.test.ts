import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** The parts of a declaration that callers see, without bodies and private members. */
function publicParts(node: ts.Node): ts.Node[] {
  const parts: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    const hidden =
      ts.isBlock(child) ||
      (ts.isPropertyDeclaration(child) === false &&
        ts.isExpression(child) &&
        !ts.isExpressionWithTypeArguments(child) &&
        !ts.isIdentifier(child));
    const isPrivate =
      ts.isClassElement(child) && child.name !== undefined && ts.isPrivateIdentifier(child.name);
    if (!hidden && !isPrivate) parts.push(child);
  });
  return parts;
}

test("the library exports every type in its signatures", () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const entry = join(root, "src/index.ts");
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const real = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  const exported = new Set(checker.getExportsOfModule(module).map(real));
  const missing = new Map<string, string>();
  const seen = new Set<ts.Symbol>();
  const visitSymbol = (symbol: ts.Symbol, from: string): void => {
    const declarations = (symbol.declarations ?? []).filter(
      (one) =>
        one.getSourceFile().fileName.startsWith(join(root, "src")) &&
        !ts.isTypeParameterDeclaration(one),
    );
    if (declarations.length === 0) return;
    if (!exported.has(symbol)) missing.set(symbol.name, from);
    if (seen.has(symbol)) return;
    seen.add(symbol);
    for (const one of declarations) visit(one, symbol.name);
  };
  const visit = (node: ts.Node, from: string): void => {
    for (const part of publicParts(node)) {
      const name = ts.isTypeReferenceNode(part)
        ? part.typeName
        : ts.isExpressionWithTypeArguments(part)
          ? part.expression
          : undefined;
      const symbol = name && checker.getSymbolAtLocation(name);
      if (symbol) visitSymbol(real(symbol), from);
      visit(part, from);
    }
  };
  expect(exported.size).toBeGreaterThan(25);
  for (const symbol of exported) visitSymbol(symbol, "index");
  expect([...missing].map(([name, from]) => `${name}, of ${from}`)).toEqual([]);
});
