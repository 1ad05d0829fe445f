'use strict';
const ivm = require('isolated-vm');
const { perCallUs } = require('./timing.js');

module.exports = () => {
	const context = new ivm.Isolate().createContextSync();
	async function oneByOne(count) {
		for (let i = 0; i < count; i++) await context.eval('1+1');
	}
	async function together(count) {
		for (let start = 0; start < count; start += 1000) {
			const calls = [];
			for (let i = start; i < Math.min(start + 1000, count); i++) calls.push(context.eval('1+1'));
			await Promise.all(calls);
		}
	}
	return async ({ seconds }) => ({
		latency: await perCallUs(oneByOne, seconds),
		throughput: await perCallUs(together, seconds),
	});
};
