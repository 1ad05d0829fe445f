'use strict';
const ivm = require('isolated-vm');
const { perCallUs } = require('./timing.js');

module.exports = () => {
	const source = new ivm.Isolate().createContextSync();
	const take = new ivm.Isolate().createContextSync().evalSync('value => {}', { reference: true });
	const across = name => count => {
		for (let i = 0; i < count; i++) {
			const copy = source.evalSync(name, { externalCopy: true });
			take.applySync(undefined, [copy.copyInto({ release: true })]);
		}
	};
	const out = name => count => {
		for (let i = 0; i < count; i++) source.evalSync(name, { copy: true });
	};
	return async ({ values, seconds }) => {
		const figures = {};
		for (const [name, code] of Object.entries(values)) {
			source.evalSync(`globalThis.${name} = ${code}; void ${name}`);
			figures[name] = await perCallUs(across(name), seconds) / 1e3;
			figures[`${name} out`] = await perCallUs(out(name), seconds) / 1e3;
		}
		return figures;
	};
};
