// prompt(), confirm() and alert(): the user is asked by the notebook, and JavaScript waits as it does in a browser.

/** The answer; null at the end of input (Ctrl-D). */
const askUser = (question) => host.ask(currentCell(), question);

function installStdin() {
  const functions = {
    prompt(message = '', value = undefined) {
      const answer = askUser(value === undefined ? `${message} ` : `${message} [${value}] `);
      if (answer === null) return null;
      return answer === '' && value !== undefined ? `${value}` : answer;
    },
    confirm(message = '') {
      const answer = askUser(`${message} [y/N] `);
      return answer === 'y' || answer === 'Y' || answer === 'yes' || answer === 'Yes' || answer === 'YES';
    },
    alert(message = '') {
      askUser(`${message} [Enter] `);
    },
  };
  const names = ownKeys(functions);
  for (let i = 0; i < names.length; i++) defineGlobal(names[i], functions[names[i]]);
}
