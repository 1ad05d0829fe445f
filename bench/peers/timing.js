// timing.py for Node: the median over bursts of about 10 ms, in microseconds per call.
'use strict';
const BURST_MS = 10;

async function time(burst, count) {
	const start = performance.now();
	await burst(count);
	return performance.now() - start;
}

function median(samples) {
	samples.sort((left, right) => left - right);
	const middle = samples.length >> 1;
	return samples.length % 2 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

exports.perCallUs = async function perCallUs(burst, seconds) {
	let count = 1;
	let took;
	while ((took = await time(burst, count)) < BURST_MS / 2) count *= 2;
	count = Math.max(1, Math.round(count * BURST_MS / took));
	const end = performance.now() + seconds * 1e3;
	const samples = [];
	do samples.push(await time(burst, count) / count); while (performance.now() < end);
	return median(samples) * 1e3;
};
