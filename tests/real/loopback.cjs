// Servers that name no address would listen to the whole network: these listen to this machine alone.
const net = require("node:net");

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...given) {
  const [first, ...rest] = given;
  if (typeof first === "number") return listen.call(this, { port: first, host: "127.0.0.1" }, ...rest);
  if (first && typeof first === "object" && "port" in first) {
    return listen.call(this, { ...first, host: "127.0.0.1" }, ...rest);
  }
  return listen.apply(this, given);
};
