// Cells whose functions tell when they are called (magics/trace.py). What is inserted has no line breaks, so lines stay.

const MOST_ARGUMENTS = 20;

/** Of a function: what JavaScript would call it, as far as its surroundings tell. */
function nameIn(parent, node) {
  if (node.id) return node.id.name;
  const target = parent.id ?? parent.left ?? parent.key;
  const isValue = parent.init === node || parent.right === node || parent.value === node;
  if (!isValue || !target) return 'anonymous';
  if (parent.kind === 'constructor') return 'constructor';
  const prefix = parent.kind === 'get' || parent.kind === 'set' ? `${parent.kind} ` : '';
  return prefix + (target.name ?? (target.property ?? target).name ?? String(target.value ?? 'anonymous'));
}

/** The arguments of an arrow function, which has no `arguments`: only simple parameters. */
function argumentsOf({params}) {
  const texts = params.slice(0, MOST_ARGUMENTS).map((param) => {
    const {type, name} = param.type === 'AssignmentPattern' ? param.left : param.type === 'RestElement' ? param.argument : param;
    if (type !== 'Identifier') return '$$trace.pattern';
    return param.type === 'RestElement' ? `...${name}` : name;
  });
  return `[${texts.join(',')}]`;
}

/** The cell, with functions that tell of their calls; and how many. */
function traced(source) {
  const arrows = [];
  const onToken = ({type, end}) => {
    if (type.label === '=>') arrows.push(end);
  };
  const program = parsers.parse(source, {...OPTIONS, locations: false, onToken});
  const pieces = [];
  let count = 0;
  const around = (start, before, end, after, inside) => {
    if (start === end) return pieces.push({at: start, isOpening: true, text: before + after});
    pieces.push({at: start, isOpening: true, text: before});
    inside();
    pieces.push({at: end, isOpening: false, text: after});
  };
  const eachChild = (node, owner) => {
    for (const child of Object.values(node).flat()) {
      if (child !== null && typeof child === 'object' && typeof child.type === 'string') visit(child, node, owner);
    }
  };
  const visitFunction = (node, parent) => {
    count += 1;
    const isArrow = node.type === 'ArrowFunctionExpression';
    const given = isArrow ? argumentsOf(node) : 'arguments';
    const begin = `const $$t=$$trace.call(${JSON.stringify(nameIn(parent, node))},${given});try{`;
    const end = '}catch($$e){throw $$t.fail($$e)}finally{$$t.end()}';
    if (node.body.type === 'BlockStatement') {
      const directive = node.body.body.findLast(({directive}) => directive !== undefined);
      const start = directive?.end ?? node.body.start + 1;
      around(start, `;${begin}`, node.body.end - 1, end, () => eachChild(node, node));
    } else {
      const start = arrows.findLast((place) => place <= node.body.start);
      around(start, `{${begin}return $$t.out(`, node.end, `)${end}}`, () => eachChild(node, node));
    }
  };
  const visitYielded = ({argument, delegate, end}, owner) => {
    if (!argument) return pieces.push({at: end, isOpening: false, text: ' $$t.yields()'});
    const before = delegate ? '$$t.leave((' : '$$t.yields((';
    around(argument.start, before, argument.end, '))', () => visit(argument, null, owner));
  };
  const visit = (node, parent, owner) => {
    if (/Function/.test(node.type)) return visitFunction(node, parent);
    const inside = () => eachChild(node, owner);
    if (owner && node.type === 'ReturnStatement' && node.argument) {
      return around(node.argument.start, '$$t.out((', node.argument.end, '))', inside);
    }
    if (owner && node.type === 'AwaitExpression') {
      return around(node.start, '$$t.back(', node.end, ')', () => around(node.argument.start, '$$t.leave((', node.argument.end, '))', inside));
    }
    if (owner && node.type === 'YieldExpression') return around(node.start, '$$t.resume(', node.end, ')', () => visitYielded(node, owner));
    return node.type === 'StaticBlock' ? eachChild(node, null) : inside();
  };
  eachChild(program, null);
  // What ends at a place comes before what begins there; otherwise the order in which they were found is right.
  pieces.sort((one, other) => one.at - other.at || one.isOpening - other.isOpening);
  let text = '';
  let at = 0;
  for (const piece of pieces) {
    text += source.slice(at, piece.at) + piece.text;
    at = piece.at;
  }
  text += source.slice(at);
  try {
    parsers.parse(text, OPTIONS);
  } catch {
    return {source, count: 0};
  }
  return {source: text, count};
}
