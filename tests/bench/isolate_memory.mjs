// The memory of a worker's isolate, from workerd's inspector: JSON, in bytes. Querying objects runs the
// garbage collector first.
// node isolate_memory.mjs {port}
const [{ webSocketDebuggerUrl }] = await (await fetch(`http://localhost:${process.argv[2]}/json`)).json();
const inspector = new WebSocket(webSocketDebuggerUrl);
const waiting = new Map();
let context;
inspector.onmessage = ({ data }) => {
  const { id, method, params, result, error } = JSON.parse(data);
  if (error) throw new Error(JSON.stringify(error));
  if (method === "Runtime.executionContextCreated") context = params.context.id;
  waiting.get(id)?.(result);
};
const call = (method, params = {}) =>
  new Promise((resolve) => {
    waiting.set(waiting.size, resolve);
    inspector.send(JSON.stringify({ id: waiting.size - 1, method, params }));
  });
await new Promise((resolve, reject) => Object.assign(inspector, { onopen: resolve, onerror: reject }));

await call("Runtime.enable");
const { result: prototype } = await call("Runtime.evaluate", { contextId: context, expression: "WebAssembly.Memory.prototype" });
const { objects } = await call("Runtime.queryObjects", { prototypeObjectId: prototype.objectId });
const { result: wasm } = await call("Runtime.callFunctionOn", {
  objectId: objects.objectId,
  functionDeclaration: "function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }",
});
const { usedSize } = await call("Runtime.getHeapUsage");
console.log(JSON.stringify({ script: usedSize, wasm: wasm.value }));
inspector.close();
