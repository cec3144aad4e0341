import { a as setupHost, t as runAction } from "../chunks/core.js";

// actions/setup-host/main.ts
await runAction(setupHost);

export {  };