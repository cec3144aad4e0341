import { n as runPost } from "../chunks/core.js";

// actions/post.ts
await runPost();

export {  };