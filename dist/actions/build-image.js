import { l as buildImage, t as runAction } from "../chunks/core.js";

// actions/build-image/main.ts
await runAction(buildImage);

export {  };