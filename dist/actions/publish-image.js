import { o as publishImage, t as runAction } from "../chunks/core.js";

// actions/publish-image/main.ts
await runAction(publishImage);

export {  };