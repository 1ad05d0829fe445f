globalThis.throwsRuns = (globalThis.throwsRuns ?? 0) + 1;
throw new Error(`on purpose ${globalThis.throwsRuns}`);
