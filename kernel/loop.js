// Code that is to run in a loop (magics/timeit.py).

/** Whether `await` stands in it outside of functions. */
function awaits(node) {
  if (node === null || typeof node !== 'object') return false;
  if (Array.isArray(node)) return node.some(awaits);
  if (/Function/.test(node.type)) return false;
  if (node.type === 'AwaitExpression' || node.await === true || node.kind === 'await using') return true;
  return Object.values(node).some(awaits);
}

/** Whether code that is to run in a loop awaits; the place of its last statement, if that is an expression; whether it has import declarations. */
function loopBody(source) {
  const {body} = parsers.parse(source, {...OPTIONS, locations: false});
  const last = body.at(-1);
  const value = last?.type === 'ExpressionStatement' && last.directive === undefined ? last.expression : null;
  return {
    isAsync: awaits(body),
    value: value && [value.start, value.end],
    isModule: body.some(({type}) => /^(Import|Export).*Declaration$/.test(type)),
  };
}
