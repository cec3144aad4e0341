import { s as inspectImage, t as runAction } from "../chunks/core.js";

// actions/inspect-image/main.ts
await runAction(inspectImage);

export {  };