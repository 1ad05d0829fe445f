module.exports = 'main of packed';
