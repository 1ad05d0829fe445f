'use strict';
const ivm = require('isolated-vm');

function create() {
	const isolate = new ivm.Isolate();
	return { isolate, context: isolate.createContextSync() };
}

module.exports = () => ({ isolates }) => {
	const start = performance.now();
	const made = [];
	for (let i = 0; i < isolates; i++) made.push(create());
	const created = performance.now();
	for (const { isolate } of made) isolate.dispose();
	const again = performance.now();
	for (let i = 0; i < isolates; i++) create().isolate.dispose();
	return { create: (created - start) / isolates, both: (performance.now() - again) / isolates };
};
