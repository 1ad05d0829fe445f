'use strict';
const ivm = require('isolated-vm');
const { perCallUs } = require('./timing.js');

module.exports = () => {
	const context = new ivm.Isolate().createContextSync();
	function burst(count) {
		for (let i = 0; i < count; i++) context.evalSync('1+1');
	}
	return async ({ seconds }) => ({ eval_sync: await perCallUs(burst, seconds) });
};
