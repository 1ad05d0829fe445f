'use strict';
const ivm = require('isolated-vm');

module.exports = () => {
	const isolate = new ivm.Isolate();
	const make = isolate.createContextSync().evalSync('() => ({})', { reference: true });
	const countBefore = isolate.referenceCount;
	function goRound(count) {
		const references = [];
		for (let i = 0; i < count; i++) references.push(make.applySync(undefined, [], { result: { reference: true } }));
		for (const reference of references) reference.release();
	}
	return ({ references, turns }) => {
		for (let turn = 0; turn < turns; turn++) goRound(references);
		const before = process.memoryUsage.rss();
		const start = performance.now();
		for (let turn = 0; turn < turns; turn++) goRound(references);
		const us = (performance.now() - start) * 1e3;
		return {
			time: us / turns / references,
			growth: (process.memoryUsage.rss() - before) / (1 << 20),
			left: isolate.referenceCount - countBefore,
		};
	};
};
