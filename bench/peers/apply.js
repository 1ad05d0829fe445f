'use strict';
const ivm = require('isolated-vm');
const { perCallUs } = require('./timing.js');

module.exports = () => {
	const add = new ivm.Isolate().createContextSync().evalSync('(a, b) => a + b', { reference: true });
	function synchronous(count) {
		for (let i = 0; i < count; i++) add.applySync(undefined, [1, 2]);
	}
	async function oneByOne(count) {
		for (let i = 0; i < count; i++) await add.apply(undefined, [1, 2]);
	}
	async function together(count) {
		for (let start = 0; start < count; start += 1000) {
			const calls = [];
			for (let i = start; i < Math.min(start + 1000, count); i++) calls.push(add.apply(undefined, [1, 2]));
			await Promise.all(calls);
		}
	}
	async function inTurn(count) {
		for (let start = 0; start < count; start += 1000) {
			const calls = [];
			for (let i = start; i < Math.min(start + 1000, count); i++) calls.push(add.apply(undefined, [1, 2]));
			for (const call of calls) await call;
		}
	}
	return async ({ seconds }) => ({
		sync: await perCallUs(synchronous, seconds),
		latency: await perCallUs(oneByOne, seconds),
		'in turn': await perCallUs(inTurn, seconds),
		together: await perCallUs(together, seconds),
	});
};
