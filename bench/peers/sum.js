'use strict';
const assert = require('node:assert');
const ivm = require('isolated-vm');

module.exports = () => {
	async function sliceOf(code, numbers, count, index) {
		const isolate = new ivm.Isolate();
		const context = await isolate.createContext();
		const script = await isolate.compileScript(code);
		await script.run(context);
		const sum = await context.global.get('sum', { reference: true });
		const result = await sum.apply(undefined, [numbers / count * index, numbers / count * (index + 1)]);
		isolate.dispose();
		return result;
	}
	async function secondsOn({ code, numbers }, count) {
		const start = performance.now();
		const slices = Array.from({ length: count }, (_, index) => sliceOf(code, numbers, count, index));
		const sums = await Promise.all(slices);
		assert.strictEqual(sums.reduce((a, b) => a + b), numbers * (numbers - 1) / 2);
		return (performance.now() - start) / 1e3;
	}
	return async options => {
		const one = await secondsOn(options, 1);
		const two = await secondsOn(options, 2);
		return { two: one / two, four: one / await secondsOn(options, 4) };
	};
};
