// Says which variables images/frontend asks for when it is given those of a JSON object, and what it says of them.
// Run by test_variables.py with Node, which takes the types out of the file that is named.
const [file, given] = process.argv.slice(2);
const { readSettings } = await import(file);
const asked = new Set();
const environment = new Proxy(JSON.parse(given), {
  get(variables, name) {
    asked.add(name);
    return variables[name];
  },
});
let problem = null;
try {
  readSettings(environment);
} catch (error) {
  problem = String(error);
}
console.log(JSON.stringify({ asked: [...asked].sort(), problem }));
