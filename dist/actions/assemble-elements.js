import { l as assembleElements, t as runAction } from "../chunks/core.js";

// actions/assemble-elements/main.ts
await runAction(assembleElements);

export {  };