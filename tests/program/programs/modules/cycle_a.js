exports.name = 'a';
exports.seen = {...require('./cycle_b')};
exports.done = true;
