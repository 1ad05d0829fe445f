'use strict';
const ivm = require('isolated-vm');
const { perCallUs } = require('./timing.js');

module.exports = () => {
	const rows = Array.from({ length: 10000 }, (_, id) => ({ id, name: 'row ' + id, tags: ['a', 'b'] }));
	const object = { rows };
	const buffer = new ArrayBuffer(1 << 20);
	const string = 'x'.repeat(1 << 20);
	let large = new ArrayBuffer(64 << 20);
	const copy = value => count => {
		for (let n = 0; n < count; n++) new ivm.ExternalCopy(value).copy({ release: true });
	};
	function transfer(count) {
		for (let n = 0; n < count; n++) {
			large = new ivm.ExternalCopy(large, { transferOut: true }).copy({ transferIn: true, release: true });
		}
	}
	return async ({ seconds }) => ({
		object: await perCallUs(copy(object), seconds),
		buffer: await perCallUs(copy(buffer), seconds),
		string: await perCallUs(copy(string), seconds),
		transfer: await perCallUs(transfer, seconds),
	});
};
