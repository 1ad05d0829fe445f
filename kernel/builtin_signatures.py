"""The parameters of JavaScript's own functions, which have no source to read them from."""

from __future__ import annotations

import re

# A ? follows what may be left out. Under a class there are its methods and those of its instances.
_TABLE = {
    "": """
        Array(...items) ArrayBuffer(length, options?) BigInt(value) Boolean(value)
        DataView(buffer, byteOffset?, byteLength?) Date(...parts) Error(message, options?)
        Function(...parts) Map(entries?) Number(value) Object(value?) Promise(executor)
        Proxy(target, handler) RangeError(message, options?) ReferenceError(message, options?)
        RegExp(pattern, flags?) Set(values?) String(value) Symbol(description?)
        SyntaxError(message, options?) TypeError(message, options?) WeakMap(entries?) WeakRef(target)
        WeakSet(values?) AggregateError(errors, message, options?) FinalizationRegistry(callback)
        decodeURI(uri) decodeURIComponent(text) encodeURI(uri) encodeURIComponent(text) eval(code)
        isFinite(value) isNaN(value) parseFloat(text) parseInt(text, radix?)
    """,
    "Array": """
        at(index) concat(...items) copyWithin(target, start, end?) entries() every(predicate, thisArg?)
        fill(value, start?, end?) filter(predicate, thisArg?) find(predicate, thisArg?)
        findIndex(predicate, thisArg?) findLast(predicate, thisArg?) findLastIndex(predicate, thisArg?)
        flat(depth?) flatMap(callback, thisArg?) forEach(callback, thisArg?) from(items, mapper?, thisArg?)
        fromAsync(items, mapper?, thisArg?) includes(item, fromIndex?) indexOf(item, fromIndex?)
        isArray(value) join(separator?) keys() lastIndexOf(item, fromIndex?) map(callback, thisArg?)
        of(...items) pop() push(...items) reduce(callback, initialValue?)
        reduceRight(callback, initialValue?) reverse() shift() slice(start?, end?) some(predicate, thisArg?)
        sort(compare?) splice(start, deleteCount?, ...items) toReversed() toSorted(compare?)
        toSpliced(start, deleteCount?, ...items) unshift(...items) values() with(index, value)
    """,
    "String": """
        at(index) charAt(index) charCodeAt(index) codePointAt(index) concat(...strings)
        endsWith(search, endPosition?) fromCharCode(...units) fromCodePoint(...codePoints)
        includes(search, position?) indexOf(search, position?) isWellFormed() lastIndexOf(search, position?)
        localeCompare(other, locales?, options?) match(regexp) matchAll(regexp) normalize(form?)
        padEnd(length, fill?) padStart(length, fill?) raw(strings, ...substitutions) repeat(count)
        replace(pattern, replacement) replaceAll(pattern, replacement) search(regexp) slice(start?, end?)
        split(separator, limit?) startsWith(search, position?) substring(start, end?)
        toLocaleLowerCase(locales?) toLocaleUpperCase(locales?) toLowerCase() toUpperCase() toWellFormed()
        trim() trimEnd() trimStart()
    """,
    "Object": """
        assign(target, ...sources) create(prototype, properties?) defineProperties(object, properties)
        defineProperty(object, key, descriptor) entries(object) freeze(object) fromEntries(entries)
        getOwnPropertyDescriptor(object, key) getOwnPropertyDescriptors(object) getOwnPropertyNames(object)
        getOwnPropertySymbols(object) getPrototypeOf(object) groupBy(items, callback) hasOwn(object, key)
        hasOwnProperty(key) is(left, right) isExtensible(object) isFrozen(object) isPrototypeOf(object)
        isSealed(object) keys(object) preventExtensions(object) propertyIsEnumerable(key) seal(object)
        setPrototypeOf(object, prototype) values(object)
    """,
    "Function": "apply(thisArg, args?) bind(thisArg, ...args) call(thisArg, ...args)",
    "Promise": """
        all(promises) allSettled(promises) any(promises) catch(onRejected) finally(onFinally) race(promises)
        reject(reason) resolve(value) then(onFulfilled, onRejected?) try(callback, ...args) withResolvers()
    """,
    "Math": """
        abs(x) acos(x) acosh(x) asin(x) asinh(x) atan(x) atan2(y, x) atanh(x) cbrt(x) ceil(x) clz32(x)
        cos(x) cosh(x) exp(x) expm1(x) floor(x) fround(x) hypot(...values) imul(a, b) log(x) log10(x)
        log1p(x) log2(x) max(...values) min(...values) pow(base, exponent) random() round(x) sign(x) sin(x)
        sinh(x) sqrt(x) tan(x) tanh(x) trunc(x)
    """,
    "JSON": "parse(text, reviver?) stringify(value, replacer?, space?)",
    "Map": """
        clear() delete(key) entries() forEach(callback, thisArg?) get(key) groupBy(items, callback) has(key)
        keys() set(key, value) values()
    """,
    "Set": """
        add(value) clear() delete(value) difference(other) entries() forEach(callback, thisArg?) has(value)
        intersection(other) isDisjointFrom(other) isSubsetOf(other) isSupersetOf(other) keys()
        symmetricDifference(other) union(other) values()
    """,
    "Number": """
        isFinite(value) isInteger(value) isNaN(value) isSafeInteger(value) parseFloat(text)
        parseInt(text, radix?) toExponential(digits?) toFixed(digits?) toLocaleString(locales?, options?)
        toPrecision(digits?) toString(radix?)
    """,
    "RegExp": "exec(text) test(text)",
    "Reflect": """
        apply(target, thisArg, args) construct(target, args, newTarget?)
        defineProperty(target, key, descriptor) deleteProperty(target, key) get(target, key, receiver?)
        getOwnPropertyDescriptor(target, key) getPrototypeOf(target) has(target, key) ownKeys(target)
        set(target, key, value, receiver?)
    """,
    "Date": """
        UTC(...parts) now() parse(text) toISOString() toLocaleDateString(locales?, options?)
        toLocaleString(locales?, options?)
    """,
    "Symbol": "for(key) keyFor(symbol)",
}
_FUNCTION = re.compile(r"(\w+)\(([^)]*)\)")
PARAMETERS: dict[tuple[str, str], str] = {
    (owner, name): parameters
    for owner, functions in _TABLE.items()
    for name, parameters in _FUNCTION.findall(functions)
}
"""By the class or namespace (empty for globals) and the name."""
