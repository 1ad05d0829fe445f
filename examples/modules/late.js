const load = async () => 'late:';

export default await load();
