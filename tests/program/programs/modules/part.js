globalThis.partRuns = (globalThis.partRuns ?? 0) + 1;
exports.runs = () => globalThis.partRuns;
exports.parent = module.parent;
