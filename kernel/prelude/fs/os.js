// The module os, as far as it tells of this machine.

const os = {EOL: '\n', devNull: '/dev/null'};
const FACTS = [
  'arch', 'availableParallelism', 'endianness', 'freemem', 'homedir', 'hostname', 'loadavg', 'machine', 'platform', 'release', 'tmpdir', 'totalmem',
  'type', 'uptime', 'version',
];
for (let i = 0; i < FACTS.length; i++) {
  const name = FACTS[i];
  const tell = {[name]: () => host.system()[name]}[name];
  addMethod(os, name, tell);
}

const others = {
  /** As many as there are; what each of them is and does is not told. */
  cpus() {
    const list = [];
    const count = host.system().availableParallelism;
    for (let i = 0; i < count; i++) arrayPush(list, {model: 'unknown', speed: 0, times: {user: 0, nice: 0, sys: 0, idle: 0, irq: 0}});
    return list;
  },
  userInfo() {
    const {userInfo: told} = host.system();
    return {uid: told[0], gid: told[1], username: told[2], homedir: told[3], shell: told[4] ?? null};
  },
};
addMethod(os, 'cpus', others.cpus);
addMethod(os, 'userInfo', others.userInfo);
exports.os = os;
