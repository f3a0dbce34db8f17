// Runs a user's JavaScript inside the sandbox: JSON {code, marker} on stdin; after its own output, marker and answer.
const fs = require("fs");
const util = require("util");
const vm = require("vm");

const job = JSON.parse(fs.readFileSync(0, "utf8"));
global.require = require;
const result = vm.runInThisContext(job.code, { filename: "code" });

Promise.resolve(result).then((value) => {
  const text = value === undefined ? null : typeof value === "string" ? value : util.inspect(value);
  fs.writeSync(1, job.marker + JSON.stringify(text));
});
