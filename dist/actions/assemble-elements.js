import { t as runAction, u as assembleElements } from "../chunks/core.js";

// actions/assemble-elements/main.ts
await runAction(assembleElements);

export {  };