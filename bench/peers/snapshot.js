'use strict';
const fs = require('node:fs');
const path = require('node:path');
const ivm = require('isolated-vm');

const USE = 'parts.reduce((sum, part) => sum + part.run(), 0)';

function source() {
	const part = fs.readFileSync(path.join(__dirname, '..', 'library.js'), 'utf8');
	return Array.from({ length: 600 }, (_, n) => part.replaceAll('NUMBER', n)).join('');
}

module.exports = () => {
	const code = source();
	const snapshots = {
		cold: ivm.Isolate.createSnapshot([{ code }]),
		warm: ivm.Isolate.createSnapshot([{ code }], USE),
	};

	function evaluated(use) {
		const isolate = new ivm.Isolate();
		const context = isolate.createContextSync();
		context.evalSync(code);
		context.evalSync(use);
		isolate.dispose();
	}

	function started(snapshot, use) {
		const isolate = new ivm.Isolate({ snapshot });
		isolate.createContextSync().evalSync(use);
		isolate.dispose();
	}

	return ({ isolates }) => {
		const timed = (work, ...values) => {
			const start = performance.now();
			for (let i = 0; i < isolates; i++) work(...values);
			return (performance.now() - start) / isolates;
		};
		const figures = { evaluated: timed(evaluated, USE), held_evaluated: timed(evaluated, '1') };
		for (const [name, snapshot] of Object.entries(snapshots)) {
			figures[name] = timed(started, snapshot, USE);
			figures[`held_${name}`] = timed(started, snapshot, '1');
		}
		return figures;
	};
};
