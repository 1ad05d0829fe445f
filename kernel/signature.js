// The parameters of a function, by its source text.

/** {kind, parameters}, the latter as written; null if the text is no function of JavaScript. */
function signatureOf({source}) {
  for (const [before, after] of [['(', ')'], ['({', '})'], ['(class {', '})']]) {
    let program;
    const text = `${before}${source}${after}`;
    try {
      program = parsers.parse(text, {ecmaVersion: 'latest', allowSuperOutsideMethod: true});
    } catch {
      continue;
    }
    const {expression} = program.body[0];
    const member = expression.properties?.[0] ?? (before === '(class {' ? expression.body.body[0] : undefined);
    const made = member?.value ?? expression;
    const superClass = made.superClass ? text.slice(made.superClass.start, made.superClass.end) : '';
    const constructor = made.type.startsWith('Class') ? made.body.body.find(({kind}) => kind === 'constructor')?.value : made;
    const parameters = constructor?.params?.map(({start, end}) => text.slice(start, end)) ?? (superClass ? ['...'] : []);
    const prefix = `${made.async ? 'async ' : ''}${made.generator ? '*' : ''}`;
    return {isClass: made.type.startsWith('Class'), superClass, prefix, parameters};
  }
  return {parameters: null};
}
