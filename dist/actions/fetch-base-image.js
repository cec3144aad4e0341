import { c as fetchBaseImage, t as runAction } from "../chunks/core.js";

// actions/fetch-base-image/main.ts
await runAction(fetchBaseImage);

export {  };