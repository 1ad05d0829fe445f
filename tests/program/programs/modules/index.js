exports.id = 'index';
