'use strict';
const ivm = require('isolated-vm');
const { perCallUs } = require('./timing.js');

module.exports = () => {
	let ends;
	function end(code) {
		const context = new ivm.Isolate({ memoryLimit: 512 }).createContextSync();
		context.global.setSync('ivm', ivm);
		const functions = context.evalSync(code, { reference: true });
		return Object.fromEntries(['make', 'give', 'take'].map(name => [name, functions.getSync(name, { reference: true })]));
	}
	function burst(count) {
		for (let i = 0; i < count; i++) {
			const copy = ends[0].give.applySync();
			ends[1].take.applySync(undefined, [copy.copyInto({ release: true, transferIn: true })]);
			ends.reverse();
		}
	}
	return async ({ code, seconds }) => {
		ends ??= [end(code), end(code)];
		const times = [];
		for (const megabytes of [1, 64]) {
			ends[0].make.applySync(undefined, [megabytes]);
			times.push(await perCallUs(burst, seconds));
		}
		return { time: times[1], ratio: times[1] / times[0] };
	};
};
