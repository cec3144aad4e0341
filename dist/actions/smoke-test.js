import { i as smokeTest, t as runAction } from "../chunks/core.js";

// actions/smoke-test/main.ts
await runAction(smokeTest);

export {  };