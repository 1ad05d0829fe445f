// The worker of the Node side: see worker.py. Set up at the first round, then one line of JSON per round.
'use strict';
const readline = require('node:readline');

async function serve(name) {
	let round;
	for await (const line of readline.createInterface({ input: process.stdin })) {
		try {
			round ??= require(`./${name}.js`)();
		} catch (error) {
			if (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ERR_DLOPEN_FAILED') throw error;
			console.log(JSON.stringify({ missing: "isolated-vm, built for this machine's Node," }));
			return;
		}
		console.log(JSON.stringify(await round(JSON.parse(line))));
	}
}

serve(process.argv[2]).catch(error => {
	console.error(error.stack.split('\n').join(' '));
	process.exit(1);
});
