"""JSON modules and resolvers of import(), on the JavaScript face."""

from __future__ import annotations

from typing import Any

import isolates

SET = "const set = (place, resolve) => place.setImportResolver(resolve);"
SET_SYNC = "const set = async (place, resolve) => place.setImportResolverSync(resolve);"
FOUND = "const found = `import('x').then(it => it.default)`;"


def both(program: Any, body: str) -> Any:
    """In both forms of setImportResolver, which agree."""
    results = [program.child(form + FOUND + body) for form in (SET, SET_SYNC)]
    assert results[0] == results[1]
    return results[0]


# --- Resolvers ---


def test_import_in_scripts_asks_the_contexts_resolver(program: Any) -> None:
    body = """
      const asked = [];
      const nothing = await set(context, (...question) => {
        asked.push(question.map(it => typeof it === 'string' ? it : JSON.stringify(it)).join(' '));
        return isolate.compileModuleSync(`export default ${asked.length}`);
      });
      const script = await isolate.compileScript(found, { filename: 'script.js' });
      return [nothing === undefined,
        await context.eval(found, { promise: true, filename: 'ü.js' }),
        await context.evalSync(found, { promise: true }),
        await context.evalClosure(`return ${found}`, [], { result: { promise: true } }),
        await script.run(context, { promise: true }),
        await context.eval(`import('./☺', { with: { type: 'x', __proto__: null, ['__proto__']: 'p' } })
          .then(it => it.default)`, { promise: true }),
        ...asked];
    """
    assert both(program, body) == [
        True,
        *range(1, 6),
        "x ü.js {}",
        "x <isolated-vm> {}",
        "x <isolated-vm> {}",
        "x script.js {}",
        './☺ <isolated-vm> {"type":"x","__proto__":"p"}',
    ]


def test_a_resolver_may_be_asynchronous_and_serves_modules_without_one(program: Any) -> None:
    body = """
      const root = isolate.compileModuleSync(`globalThis.it = (await ${found})`);
      await set(context, async (specifier, referrer) => {
        await null;
        return isolate.compileModule(`export default ${referrer === root}`);
      });
      root.instantiateSync(context);
      await root.evaluate();
      return context.eval('it');
    """
    assert both(program, body) is True


def test_a_resolver_can_be_replaced_and_taken_away(program: Any) -> None:
    body = """
      const other = isolate.createContextSync();
      const make = name => () => isolate.compileModule(`export default '${name}'`);
      const ask = place => place.eval(found, { promise: true }).catch(tell);
      await set(context, make('a'));
      await set(other, make('b'));
      const seen = [await ask(context), await ask(other)];
      await set(context, make('c'));
      seen.push(await ask(context));
      await set(context, null);
      seen.push(await ask(context));
      await set(context, make('d'));
      seen.push(await ask(context));
      await set(context, undefined);
      return [...seen, await ask(context), await ask(other)];
    """
    none = "TypeError: import() is not possible here: there is no resolver"
    assert both(program, body) == ["a", "b", "c", none, "d", none, "b"]


def test_what_a_resolver_does_wrong_rejects_the_import(program: Any) -> None:
    body = """
      const other = new ivm.Isolate({ memoryLimit: 8 });
      const answers = {
        throws() { throw new RangeError('mine') },
        async rejects() { throw new EvalError('late') },
        nothing() {},
        thenable: () => ({ then(resolve) { resolve(isolate.compileModuleSync('')) } }),
        foreign: () => other.compileModuleSync(''),
        code: () => isolate.compileModule('let {'),
        released() { const made = isolate.compileModuleSync(''); made.release(); return made },
      };
      await set(context, specifier => answers[specifier]());
      const told = [];
      for (const name of Object.keys(answers))
        told.push(await context.eval(`import('${name}')`, { promise: true }).then(() => 'found', tell));
      other.dispose();
      return told;
    """
    assert both(program, body) == [
        "RangeError: mine",
        "EvalError: late",
        "TypeError: Resolved dependency was not `Module`",
        "TypeError: Resolved dependency was not `Module`",
        "TypeError: Invalid module: it belongs to another isolate",
        "SyntaxError: Unexpected end of input [<isolated-vm>:1:6]",
        "Error: Module has been released",
    ]


def test_wrong_arguments_are_named(program: Any) -> None:
    told = program.child(
        """
        const wrong = value => [
          caught(() => context.setImportResolverSync(value)),
          await_(() => context.setImportResolver(value)),
        ];
        const await_ = action => rejected(action);
        const released = isolate.createContextSync();
        released.release();
        const gone = new ivm.Isolate({ memoryLimit: 8 }), late = gone.createContextSync();
        gone.dispose();
        return [
          ...await Promise.all([5, 'f', {}, new ivm.Reference(() => 1)].flatMap(wrong)),
          caught(() => context.setImportResolverSync()), await rejected(() => context.setImportResolver()),
          caught(() => released.setImportResolverSync(() => 1)),
          await rejected(() => released.setImportResolver(() => 1)),
          caught(() => late.setImportResolverSync(() => 1)),
          await rejected(() => late.setImportResolver(() => 1)),
        ];
        """
    )
    wanted = "requires parameter 1 to be a function, null or undefined"
    assert told[:8] == 4 * [
        f"TypeError: `Context.setImportResolverSync` {wanted}",
        f"thrown at once: TypeError: `Context.setImportResolver` {wanted}",
    ]
    assert told[8:] == [
        "TypeError: `Context.setImportResolverSync` requires at least 1 parameter",
        "thrown at once: TypeError: `Context.setImportResolver` requires at least 1 parameter",
        "Error: Context is released",
        "Error: Context is released",
        "Error: Isolate is disposed",
        "Error: Isolate is disposed",
    ]


def test_a_context_alone_gives_no_right_to_answer_its_imports(program: Any) -> None:
    # Who has only a handle can run code in the context, as ever: modules of it stay out of reach.
    body = """
      const guest = new ivm.Isolate({ memoryLimit: 8 }), inside = guest.createContextSync();
      const attempt = form => inside.evalClosureSync(
        `try { $0.${form}(() => 1); return 'set' } catch (error) { return error.message }`, [context]);
      const borrowed = () => inside.evalClosureSync(
        `try { $1.setImportResolverSync.call($0, () => 1); return 'set' }
         catch (error) { return error.message }`, [context, inside]);
      await set(context, () => isolate.compileModule('export default "of the owner"'));
      const told = [attempt('setImportResolver'), attempt('setImportResolverSync'), borrowed()];
      inside.global.setSync('ivm', ivm);
      told.push(attempt('setImportResolverSync'), await context.eval(found, { promise: true }).catch(tell));
      guest.dispose();
      return told;
    """
    needs = "needs the `ivm` object, which this context was not given"
    told = both(program, body)
    assert told[:3] == [
        f"`Context.setImportResolver` {needs}",
        f"`Context.setImportResolverSync` {needs}",
        f"`Context.setImportResolverSync` {needs}",
    ]
    # With `ivm` it is as privileged as its owner. Its isolate's functions answer now.
    assert told[3:] == ["set", "TypeError: Resolved dependency was not `Module`"]


def test_an_import_ends_with_whoever_was_to_answer(program: Any) -> None:
    body = """
      const guest = new ivm.Isolate({ memoryLimit: 8 }), inside = guest.createContextSync();
      inside.global.setSync('ivm', ivm);
      const never = '() => { globalThis.asked = true; return new Promise(() => {}) }';
      inside.evalClosureSync(`$0.setImportResolverSync(${never})`, [context]);
      const running = context.eval(found, { promise: true });
      while (!await inside.eval('globalThis.asked'));
      guest.dispose();
      const told = [await running.catch(tell), await context.eval(found, { promise: true }).catch(tell)];
      isolate.dispose();
      return told;
    """
    assert program.child(FOUND + body) == ["Error: Promise was abandoned", "Error: Isolate is disposed"]


def test_the_isolate_may_end_while_a_resolver_answers(program: Any) -> None:
    body = """
      await set(context, async () => {
        await context.eval('1');  // the call that imports waits for its promise alone now
        isolate.dispose();
        return new Promise(() => {});
      });
      return context.eval(found, { promise: true }).catch(tell);
    """
    assert both(program, body) == "Error: Promise was abandoned"


def test_a_context_of_the_same_isolate_may_have_one(program: Any) -> None:
    program.context.global_.set_sync("self", program.isolate)
    assert program.run(
        """
        const place = self.createContextSync();
        place.setImportResolverSync(specifier => self.compileModule(`export default '${specifier}'`));
        const found = await place.eval("import('here').then(it => it.default)", { promise: true });
        place.setImportResolverSync(null);
        return found;
        """
    ) == ("here")


def test_a_resolver_of_polluted_prototypes_is_asked_plainly(program: Any) -> None:
    body = """
      for (const prototype of [Object.prototype, Array.prototype, Function.prototype])
        for (const name of ['type', 'call', 'apply', '0', '1'])
          Object.defineProperty(prototype, name, {
            __proto__: null, configurable: true, get() { throw 1 }, set() { throw 2 } });
      try {
        await set(context, (specifier, referrer, attributes) =>
          isolate.compileModule(`export default '${specifier} ${Object.keys(attributes)}'`));
        return await context.eval(`import('x', { with: { type: 'y' } }).then(it => it.default)`,
          { promise: true });
      } finally {
        for (const prototype of [Object.prototype, Array.prototype, Function.prototype])
          for (const name of ['type', '0', '1']) delete prototype[name];
      }
    """
    assert program.child(SET + body) == "x type"


def test_a_hostile_script_may_import_as_often_as_it_likes(program: Any) -> None:
    body = """
      let asked = 0;
      await set(context, () => { ++asked; return isolate.compileModule('') });
      const told = await rejected(() => context.eval(
        `for (var made = 0; ;) if (made < 2000) { import('x' + made); ++made }`, { timeout: 200 }));
      const made = context.evalSync('made');
      const all = `Promise.all(Array.from({ length: 2000 }, (_, i) => import('y' + i))).then(a => a.length)`;
      return [told, await context.eval(all, { promise: true }), asked >= 2000 + made];
    """
    assert program.child(SET + body) == ["Error: Script execution timed out.", 2000, True]


def test_python_and_javascript_replace_each_others_resolvers(program: Any) -> None:
    with isolates.Isolate(memory_limit=32) as isolate:
        context = isolate.create_context_sync()
        code = "import('x').then(it => it.default)"
        context.set_import_resolver_sync(lambda *_: isolate.compile_module_sync("export default 'Python'"))
        assert context.eval_sync(code, promise=True) == "Python"
        program.run(
            "await $0.setImportResolver(() => $1.compileModule('export default `JavaScript`'))",
            context,
            isolate,
        )
        assert context.eval(code, promise=True).result(10) == "JavaScript"
        context.set_import_resolver_sync(None)
        assert "no resolver" in context.eval_sync(f"{code}.catch(error => error.message)", promise=True)


# --- JSON ---


def test_json_modules(program: Any) -> None:
    for compile_ in ("await isolate.compileJsonModule", "isolate.compileJsonModuleSync"):
        assert program.child(
            f"""
            const json = {compile_}(
              '{{"list": [1, 2.5, null, "☺"], "__proto__": 5}}', {{ filename: 'a.json' }});
            const root = isolate.compileModuleSync(
              `import data from './a.json' with {{ type: 'json' }}; globalThis.data = data;
               globalThis.plain = data.list instanceof Array`);
            root.instantiateSync(context, (specifier, referrer, attributes) => json);
            root.evaluateSync();
            const text = context.evalSync('JSON.stringify([data, plain])');
            return [json instanceof ivm.Module, json.dependencySpecifiers.length, 'cachedData' in json, text];
            """
        ) == [True, 0, False, '[{"list":[1,2.5,null,"☺"],"__proto__":5},true]']


def test_json_is_imported_by_calls_and_code_is_no_json(program: Any) -> None:
    body = """
      await set(context, (specifier, referrer, { type }) => specifier === 'evil' || type !== 'json'
        ? isolate.compileModule('export default "code"') : isolate.compileJsonModule('{"a": [5]}'));
      const ask = code => context.eval(code, { promise: true }).catch(tell);
      return [await ask(`import('d', { with: { type: 'json' } }).then(it => it.default.a[0])`),
              await ask(`import('d').then(it => it.default)`),
              await ask(`import('evil', { with: { type: 'json' } })`)];
    """
    assert both(program, body) == [
        5,
        "code",
        'TypeError: An import with `type: "json"` takes a JSON module only',
    ]


def test_wrong_json_and_wrong_arguments(program: Any) -> None:
    told = program.child(
        """
        const texts = ['', '{', "{'a': 1}", 'undefined', '[1,]', '\\u0000', '[1] 2'], told = [];
        for (const text of texts)
          told.push(caught(() => isolate.compileJsonModuleSync(text)),
                    await rejected(() => isolate.compileJsonModule(text)));
        return [told.every(it => /^SyntaxError: .*JSON/.test(it)),
          caught(() => isolate.compileJsonModuleSync(5)), await rejected(() => isolate.compileJsonModule()),
          caught(() => isolate.compileJsonModuleSync('1', 5)),
          caught(() => isolate.compileJsonModuleSync('1', { filename: 5 })),
          await rejected(() => isolate.compileJsonModule('1', { filename: 5 })),
          await rejected(() => isolate.compileJsonModule('1', { get filename() { throw new EvalError(1) } })),
          caught(() => isolate.compileJsonModuleSync('"' + 'x'.repeat(2 ** 23) + '"')),
          caught(() => isolate.compileJsonModuleSync('['.repeat(1e5) + ']'.repeat(1e5))),
        ];
        """
    )
    name = "`Isolate.compileJsonModule"
    assert told[:7] == [
        True,
        f"TypeError: {name}Sync` requires parameter 1 to be a string",
        f"thrown at once: TypeError: {name}` requires parameter 1 to be a string",
        f"TypeError: {name}Sync` requires parameter 2 to be an object",
        f"TypeError: {name}Sync` requires `filename` to be a string",
        f"TypeError: {name}` requires `filename` to be a string",
        "EvalError: 1",
    ]
    assert "`json` of 8388610 bytes is longer than" in told[7]
    assert told[8] in ("nothing was thrown", "RangeError: Maximum call stack size exceeded")


def test_an_isolate_handle_is_enough_for_json(program: Any) -> None:
    # It is enough for code already.
    assert program.child(
        """
        const made = context.evalClosureSync('return $0.compileJsonModuleSync("1")', [isolate]);
        made.instantiateSync(context);
        await made.evaluate();
        return made.namespace.getSync('default', { copy: true }).copySync?.() ?? 1;
        """
    ) == (1)


# --- Cached data ---


def test_a_module_has_cached_data_where_it_was_asked_for(program: Any) -> None:
    seen = program.child(
        """
        const code = 'export default 42; globalThis.it = typeof this';
        const plain = isolate.compileModuleSync(code);
        const made = await isolate.compileModule(code, { produceCachedData: true });
        const used = isolate.compileModuleSync(code, { cachedData: made.cachedData });
        const late = await isolate.compileModule(code, { cachedData: made.cachedData });
        const wrong = isolate.compileModuleSync(code,
          { cachedData: new ivm.ExternalCopy(new ArrayBuffer(500)) });
        const script = isolate.compileScriptSync('typeof this', { produceCachedData: true }).cachedData;
        const strange = isolate.compileModuleSync('typeof this', { cachedData: script });
        const other = isolate.compileModuleSync(code.replace('42', '43'), { cachedData: made.cachedData });
        const module = isolate.compileModuleSync('typeof this', { produceCachedData: true }).cachedData;
        const back = isolate.compileScriptSync('typeof this', { cachedData: module });
        const again = context.evalClosureSync('return $0', [made]);
        return [made.cachedData instanceof ivm.ExternalCopy, again.cachedData instanceof ivm.ExternalCopy,
          back.runSync(context),
          ...[plain, made, used, late, wrong, strange, other, back].map(it =>
            ['cachedData' in it, 'cachedDataRejected' in it, it.cachedDataRejected].join(' '))];
        """
    )
    assert seen == [
        True,
        True,
        "object",
        "false false ",
        "true false ",
        "false true false",
        "false true false",
        "false true true",
        "false true true",
        "false true true",
        "false true true",
    ]


def test_wrong_options_of_code_caches_are_named(program: Any) -> None:
    told = program.child(
        """
        const made = isolate.compileModuleSync('1', { produceCachedData: true });
        const released = new ivm.ExternalCopy(new ArrayBuffer(8)); released.release();
        const taken = new ivm.ExternalCopy(new ArrayBuffer(8)); taken.copy({ transferIn: true });
        const leaving = new ivm.ExternalCopy(new ArrayBuffer(8));
        const options = [
          { cachedData: 1 }, { cachedData: new ArrayBuffer(8) }, { cachedData: new ivm.ExternalCopy('text') },
          { cachedData: new ivm.ExternalCopy(new SharedArrayBuffer(8)) },
          { cachedData: new ivm.ExternalCopy(new Uint8Array(8)) }, { cachedData: released },
          { cachedData: taken }, { produceCachedData: 1 },
          { produceCachedData: true, cachedData: made.cachedData },
          { get produceCachedData() { leaving.release(); return false }, cachedData: leaving },
          { get cachedData() { throw new EvalError('mine') } },
        ];
        const told = [];
        for (const each of options) {
          told.push(caught(() => isolate.compileModuleSync('1', each)).replace('Sync`', '`'));
          told.push(await rejected(() => isolate.compileModule('1', each)));
        }
        const dying = new ivm.Isolate({ memoryLimit: 8 });
        const kill = { get cachedData() { dying.dispose() } };
        return [...told, caught(() => dying.compileModuleSync('1', kill))];
        """
    )
    method = "TypeError: `Isolate.compileModule`"
    copy = f"{method} requires `cachedData` to be an ExternalCopy of an ArrayBuffer"
    expected = [copy] * 5 + [
        "Error: Copy has been released",
        copy,
        f"{method} requires `produceCachedData` to be a boolean",
        f"{method}: `produceCachedData` and `cachedData` can't be used at the same time",
        "Error: Copy has been released",
        "EvalError: mine",
    ]
    assert told[:-1] == [message for message in expected for _ in range(2)]
    assert told[-1] == "Error: Isolate is disposed"
