'use strict';
const ivm = require('isolated-vm');

module.exports = () => {
	const contexts = [];
	async function secondsOn(count, code) {
		while (contexts.length < count) contexts.push(new ivm.Isolate().createContextSync());
		const start = performance.now();
		await Promise.all(contexts.slice(0, count).map(context => context.eval(code)));
		return (performance.now() - start) / 1e3;
	}
	return async ({ code, isolates }) => {
		const one = await secondsOn(1, code);
		return { 'speed-up': isolates * one / await secondsOn(isolates, code) };
	};
};
